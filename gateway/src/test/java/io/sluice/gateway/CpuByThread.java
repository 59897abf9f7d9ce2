package io.sluice.gateway;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where the CPU time of this process went since it was made: to the node's event loops, to what it has besides, to the clients, and to
 * the virtual machine, which compiles and collects.
 */
final class CpuByThread {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final String clients;
    private final Map<String, Long> before;
    private final long processBefore = PROCESS.getProcessCpuTime();

    /** @param clients how the names of the clients' threads begin */
    CpuByThread(String clients) {
        this.clients = clients;
        before = nanos();
    }

    @Override
    public String toString() {
        Map<String, Long> now = nanos();
        long all = PROCESS.getProcessCpuTime() - processBefore;
        before.forEach((who, nanos) -> now.merge(who, -nanos, Long::sum));
        long known = now.values().stream().mapToLong(Long::longValue).sum();
        now.put("virtual machine", all - known);
        return now.entrySet().stream()
                .map(one -> "%s %.1f s".formatted(one.getKey(), one.getValue() / 1e9))
                .collect(Collectors.joining(", "));
    }

    private Map<String, Long> nanos() {
        Map<String, Long> nanos = new TreeMap<>();
        for (long id : THREADS.getAllThreadIds()) {
            var info = THREADS.getThreadInfo(id);
            long spent = THREADS.getThreadCpuTime(id);
            if (info != null && spent > 0) {
                nanos.merge(who(info.getThreadName()), spent, Long::sum);
            }
        }
        return nanos;
    }

    private String who(@Nullable String thread) {
        if (thread == null) {
            return "others";
        }
        if (thread.startsWith(clients)) {
            return "clients";
        }
        return thread.startsWith("sluice-loop") ? "event loops" : thread.startsWith("sluice-") ? "bridge" : "others";
    }
}
