package io.sluice.bench.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process as the operating system accounts for it (Linux). */
public record OsProcess(long pid) {

    private static final double TICKS_PER_SECOND = 100;
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;

    /** Fields of the first line of {@code /proc/stat}: user, nice, system, idle, waiting, two kinds of interrupts. */
    private static final int MACHINE_FIELDS = 7;

    private static final int MACHINE_IDLE = 4;
    private static final int MACHINE_WAITING = 5;

    /** This JVM: publisher and receivers of every load. */
    public static OsProcess self() {
        return new OsProcess(ProcessHandle.current().pid());
    }

    /** CPU time of all its threads so far, user and system, in seconds; resolution 10 ms. */
    public double cpuSeconds() throws IOException {
        return cpuSeconds(Files.readString(proc("stat")));
    }

    /** The part of it that the JIT compiler's threads have used; 0 of what is no JVM. A compiler thread that ends is forgotten. */
    public double compilerSeconds() throws IOException {
        double sum = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(proc("task"))) {
            for (Path thread : threads) {
                String stat = statOf(thread);
                if (stat.contains(" Compiler")) {
                    sum += cpuSeconds(stat);
                }
            }
        }
        return sum;
    }

    /** CPU time of all processes of this machine so far, in seconds. */
    public static double machineSeconds() throws IOException {
        String[] fields = Files.readAllLines(Path.of("/proc/stat")).get(0).split(" +", -1);
        long busy = 0;
        for (int field = 1; field <= MACHINE_FIELDS; field++) {
            busy += field == MACHINE_IDLE || field == MACHINE_WAITING ? 0 : Long.parseLong(fields[field]);
        }
        return busy / TICKS_PER_SECOND;
    }

    /** Bytes of its memory that are in RAM. */
    public long residentBytes() throws IOException {
        return kibibytes(proc("status"), "VmRSS:") << 10;
    }

    /** Of a JVM: bytes of the objects that are alive, after a full collection. */
    public long liveHeapBytes() throws IOException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(pid),
                        "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String histogram = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String total = histogram.strip().lines().reduce("", (before, line) -> line);
        if (!total.startsWith("Total")) {
            throw new IOException("jcmd " + pid + " GC.class_histogram said: " + total);
        }
        return Long.parseLong(total.replaceAll(".*\\s", ""));
    }

    /** Bytes that the kernel holds for itself, those of all sockets of this machine among them. */
    public static long kernelBytes() throws IOException {
        return kibibytes(Path.of("/proc/meminfo"), "Slab:") << 10;
    }

    private Path proc(String file) {
        return Path.of("/proc", Long.toString(pid), file);
    }

    private static double cpuSeconds(String stat) {
        if (stat.isEmpty()) {
            return 0;
        }
        String[] behindName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(behindName[USER_TIME]) + Long.parseLong(behindName[SYSTEM_TIME])) / TICKS_PER_SECOND;
    }

    private static String statOf(Path thread) {
        try {
            return Files.readString(thread.resolve("stat"));
        } catch (IOException ended) {
            return "";
        }
    }

    private static long kibibytes(Path file, String field) throws IOException {
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith(field)) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException(file + " has no " + field);
    }
}
