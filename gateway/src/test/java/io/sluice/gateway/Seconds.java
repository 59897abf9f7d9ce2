package io.sluice.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What each second of a run was used for (Linux): the CPU time of the threads of a process and of the others, in hundredths of a second. */
final class Seconds {

    private static final String HEAD =
            "second  p99 ms  worst ms  lag ms  files  tcp MiB  gateway: loops accept broker gc jit rest  sessions  attackers  machine";

    private static final Pattern KERNEL_PAGES = Pattern.compile("TCP: .* mem (\\d+)");

    private final StringBuilder table = new StringBuilder(HEAD);
    private final long gateway;
    private final long beside;
    private Map<String, Long> before;
    private int second;
    private double lagBefore;
    private double mostKernelMiB;

    Seconds(long gateway, long beside) {
        this.gateway = gateway;
        this.beside = beside;
        before = read();
    }

    /**
     * Another second has passed.
     *
     * @param millis what deliveries took in it: 99 of a hundred, and all
     * @param lagMillis how late the event loops have been since they run, all samples together
     */
    void next(double[] millis, double lagMillis, int files) {
        double kernel = kernelMiB();
        mostKernelMiB = Math.max(mostKernelMiB, kernel);
        Map<String, Long> now = read();
        table.append(String.format(
                Locale.ROOT,
                "%n%6d %7.1f %9.1f %7.1f %6d %8.0f %14d %6d %6d %2d %3d %4d %9d %10d %8d",
                ++second,
                millis[0],
                millis[1],
                lagMillis - lagBefore,
                files,
                kernel,
                since("loops", now),
                since("accept", now),
                since("broker", now),
                since("gc", now),
                since("jit", now),
                since("rest", now),
                since("sessions", now),
                since("attackers", now),
                since("machine", now)));
        before = now;
        lagBefore = lagMillis;
    }

    /** What the kernel held for all TCP sockets of this machine, at most. */
    double mostKernelMiB() {
        return mostKernelMiB;
    }

    private static double kernelMiB() {
        Matcher pages = KERNEL_PAGES.matcher(text(Path.of("/proc/net/sockstat")));
        return pages.find() ? Integer.parseInt(pages.group(1)) / 256.0 : 0;
    }

    @Override
    public String toString() {
        return table.toString();
    }

    private long since(String what, Map<String, Long> now) {
        return now.getOrDefault(what, 0L) - before.getOrDefault(what, 0L);
    }

    private Map<String, Long> read() {
        Map<String, Long> ticks = new TreeMap<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc", String.valueOf(gateway), "task"))) {
            threads.forEach(thread -> ticks.merge(name(thread), ticks(thread), Long::sum));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ticks.put("sessions", ticks(Path.of("/proc/self")));
        ticks.put("attackers", ticks(Path.of("/proc", String.valueOf(beside))));
        ticks.put("machine", machine());
        return ticks;
    }

    private static String name(Path thread) {
        String name = text(thread.resolve("comm")).strip();
        if (name.startsWith("sluice-loop") || name.startsWith("sluice-io")) {
            return "loops";
        }
        if (name.contains("accept")) {
            return "accept";
        }
        if (name.startsWith("sluice-b") || name.startsWith("AMQP") || name.startsWith("pool-")) {
            return "broker";
        }
        if (name.contains("GC") || name.startsWith("G1") || name.startsWith("VM Thread")) {
            return "gc";
        }
        return name.contains("Compiler") ? "jit" : "rest";
    }

    private static long ticks(Path task) {
        String stat = text(task.resolve("stat"));
        if (stat.isEmpty()) {
            return 0;
        }
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    private static long machine() {
        String[] fields =
                text(Path.of("/proc/stat")).lines().findFirst().orElseThrow().split(" +", -1);
        return List.of(1, 2, 3, 6, 7).stream()
                .mapToLong(field -> Long.parseLong(fields[field]))
                .sum();
    }

    /** Empty where it has ended. */
    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException ended) {
            return "";
        }
    }
}
