package io.sluice.bench.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process as the operating system accounts for it (Linux). */
public record OsProcess(long pid) {

    private static final double TICKS_PER_SECOND = 100;
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;

    /** This JVM: publisher and receivers of every load. */
    public static OsProcess self() {
        return new OsProcess(ProcessHandle.current().pid());
    }

    /** CPU time of all its threads so far, user and system, in seconds; resolution 10 ms. */
    public double cpuSeconds() throws IOException {
        String stat = Files.readString(proc("stat"));
        String[] behindName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(behindName[USER_TIME]) + Long.parseLong(behindName[SYSTEM_TIME])) / TICKS_PER_SECOND;
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

    private static long kibibytes(Path file, String field) throws IOException {
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith(field)) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException(file + " has no " + field);
    }
}
