package io.sluice.gateway;

import com.sun.management.UnixOperatingSystemMXBean;
import io.sluice.gateway.config.Configuration;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** What this machine's limits are worth for the connections that the configuration allows (docs: operations, the kernel). */
final class MachineCheck {

    /** Descriptors for all that is no client. */
    private static final long OTHER_DESCRIPTORS = 1000;

    private static final long BACKLOG = 4096;
    private static final int SETTING_BYTES = 64;

    private final Path settings;
    private final long descriptors;

    /**
     * @param settings {@code /proc/sys}
     * @param descriptors that this process may have; negative where that is not known
     */
    MachineCheck(Path settings, long descriptors) {
        this.settings = settings;
        this.descriptors = descriptors;
    }

    static MachineCheck ofThisOne() {
        long descriptors = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : -1;
        return new MachineCheck(Path.of("/proc/sys"), descriptors);
    }

    /** Each with what to do. */
    List<String> advice(Configuration configuration) {
        List<String> advice = new ArrayList<>();
        long connections = configuration.limits().connections();
        long needed = connections + OTHER_DESCRIPTORS;
        if (descriptors >= 0 && descriptors < needed) {
            advice.add(
                    "limits.connections is %d, and this process may have %d file descriptors: ulimit -n %d, or LimitNOFILE in its unit."
                            .formatted(connections, descriptors, needed));
        }
        below(advice, "net.core.somaxconn", BACKLOG, "when everybody comes back at once, handshakes are dropped");
        below(
                advice,
                "net.ipv4.tcp_max_syn_backlog",
                BACKLOG,
                "when everybody comes back at once, handshakes are dropped");
        below(
                advice,
                "net.netfilter.nf_conntrack_max",
                2 * connections,
                "without room in it the firewall drops new connections, without a word");
        below(advice, "fs.nr_open", needed, "no process may have more descriptors than this");
        value("vm.swappiness").ifPresent(swappiness -> {
            if (swappiness > 10 && Files.exists(Path.of("/proc/swaps")) && swaps()) {
                advice.add(
                        "vm.swappiness is %d and there is swap: a collector that pages stands still. sysctl -w vm.swappiness=1, or swap off."
                                .formatted(swappiness));
            }
        });
        return advice;
    }

    private void below(List<String> advice, String setting, long wanted, String why) {
        OptionalLong value = value(setting);
        if (value.isPresent() && value.getAsLong() < wanted) {
            advice.add("%s is %d: %s. sysctl -w %s=%d".formatted(setting, value.getAsLong(), why, setting, wanted));
        }
    }

    /** Empty where this kernel has no such setting. */
    OptionalLong value(String setting) {
        try {
            return OptionalLong.of(Long.parseLong(content(settings.resolve(setting.replace('.', '/')))));
        } catch (IOException | NumberFormatException none) {
            return OptionalLong.empty();
        }
    }

    /** In one read: a second one of such a file brings nothing, and the JDK begins with one byte where a file says that it has none. */
    private static String content(Path setting) throws IOException {
        try (InputStream in = new FileInputStream(setting.toFile())) {
            byte[] bytes = new byte[SETTING_BYTES];
            int length = Math.max(0, in.read(bytes));
            return new String(bytes, 0, length, StandardCharsets.US_ASCII).strip();
        }
    }

    private static boolean swaps() {
        try {
            return Files.readAllLines(Path.of("/proc/swaps")).size() > 1;
        } catch (IOException none) {
            return false;
        }
    }
}
