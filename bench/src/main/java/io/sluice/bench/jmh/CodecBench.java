package io.sluice.bench.jmh;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the benchmarks of this package, each cell in three JVMs of its own, and prints each pair's ratio beside the least one that we want.
 * Ends with 1 if one was missed. The only argument is how long a cell is measured in each, in milliseconds; default 1000, after as much of
 * warming up.
 */
@SuppressWarnings("SystemOut")
public final class CodecBench {

    /** Where buffers and code come to lie is chance, and one JVM's for its life. */
    private static final int FORKS = 3;

    private final TimeValue iteration;
    private final List<RunResult> results = new ArrayList<>();
    private boolean missed;

    private CodecBench(long millis) {
        iteration = TimeValue.milliseconds(millis / 5);
    }

    public static void main(String[] arguments) throws RunnerException {
        CodecBench bench = new CodecBench(arguments.length == 0 ? 1000 : Long.parseLong(arguments[0]));
        bench.run();
        bench.print();
        System.exit(bench.missed ? 1 : 0);
    }

    private void run() throws RunnerException {
        run(cells(DecodeBenchmark.class).param("reads", "whole"));
        run(cells(DecodeBenchmark.class).param("reads", "segments").param("bytes", "16384", "1048576"));
        run(cells(EncodeBenchmark.class));
        run(cells(UnmaskBenchmark.class));
        run(cells(Utf8Benchmark.class));
    }

    private ChainedOptionsBuilder cells(Class<?> benchmark) {
        return new OptionsBuilder()
                .include(benchmark.getName() + "\\.")
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .forks(FORKS)
                .warmupIterations(5)
                .warmupTime(iteration)
                .measurementIterations(5)
                .measurementTime(iteration)
                .addProfiler(GCProfiler.class)
                .verbosity(VerboseMode.SILENT)
                .jvmArgs("-Xms1g", "-Xmx1g", "-Dio.netty.leakDetection.level=disabled");
    }

    private void run(ChainedOptionsBuilder cells) throws RunnerException {
        Collection<RunResult> done = new Runner(cells.build()).run();
        results.addAll(done);
        System.err.println(results.size() + " cells are measured");
    }

    private void print() {
        System.out.printf("%-44s %12s %12s %7s %7s  %s%n", "", "sluice ns", "other ns", "ratio", "wanted", "B/message");
        for (String text : new String[] {"ascii", "mixed"}) {
            for (int bytes : new int[] {16, 128, 1024, 16384, 1 << 20}) {
                decode(text, bytes, "whole", text.equals("ascii") ? wantedOfDecode(bytes) : 1);
            }
            decode(text, 16384, "segments", 1);
            decode(text, 1 << 20, "segments", 1);
        }
        for (int bytes : new int[] {16, 128, 1024, 16384, 1 << 20}) {
            pair(
                    "encode, " + bytes + " B, beside Netty",
                    find(EncodeBenchmark.class, "message", bytes, "codec", "sluice"),
                    find(EncodeBenchmark.class, "message", bytes, "codec", "netty"),
                    1);
        }
        for (int bytes : new int[] {128, 1024, 16384}) {
            pair(
                    "unmask and validate, " + bytes + " B, byte by byte",
                    find(UnmaskBenchmark.class, "sluice", bytes),
                    find(UnmaskBenchmark.class, "byteByByte", bytes),
                    4);
            utf8("ascii", bytes, "newString", 1);
            utf8("ascii", bytes, "charsetDecoder", 1);
            utf8("ascii", bytes, "netty", 3);
            utf8("mixed", bytes, "newString", 1);
            utf8("mixed", bytes, "charsetDecoder", 1);
            utf8("mixed", bytes, "netty", 3);
        }
    }

    private static double wantedOfDecode(int bytes) {
        return switch (bytes) {
            case 16 -> 2;
            case 128 -> 3;
            case 1024 -> 6;
            default -> 12;
        };
    }

    private void decode(String text, int bytes, String reads, double wanted) {
        String[] cell = {"text", text, "reads", reads, "codec"};
        pair(
                "decode, " + bytes + " B " + text + ", " + reads + ", beside Netty",
                find(DecodeBenchmark.class, "message", bytes, and(cell, "sluice")),
                find(DecodeBenchmark.class, "message", bytes, and(cell, "netty")),
                wanted);
    }

    private void utf8(String text, int bytes, String other, double wanted) {
        pair(
                "UTF-8, " + bytes + " B " + text + ", beside " + other,
                find(Utf8Benchmark.class, "sluice", bytes, "text", text),
                find(Utf8Benchmark.class, other, bytes, "text", text),
                wanted);
    }

    private static String[] and(String[] parameters, String last) {
        List<String> all = new ArrayList<>(List.of(parameters));
        all.add(last);
        return all.toArray(new String[0]);
    }

    private RunResult find(Class<?> benchmark, String method, int bytes, String... parameters) {
        return results.stream()
                .filter(result -> {
                    boolean found = result.getParams().getBenchmark().equals(benchmark.getName() + "." + method)
                            && result.getParams().getParam("bytes").equals(String.valueOf(bytes));
                    for (int n = 0; n < parameters.length; n += 2) {
                        found &= parameters[n + 1].equals(result.getParams().getParam(parameters[n]));
                    }
                    return found;
                })
                .findFirst()
                .orElseThrow();
    }

    private void pair(String name, RunResult ours, RunResult other, double wanted) {
        double ratio = nanos(other) / nanos(ours);
        boolean fell = ratio < wanted;
        missed |= fell;
        System.out.printf(
                Locale.ROOT,
                "%-44s %12.1f %12.1f %6.1fx %6.0fx  %.0f / %.0f%s%n",
                name,
                nanos(ours),
                nanos(other),
                ratio,
                wanted,
                allocated(ours),
                allocated(other),
                fell ? "  MISSED" : "");
    }

    /** The best of the iterations: what else the machine does only adds. */
    private static double nanos(RunResult result) {
        return result.getPrimaryResult().getStatistics().getMin();
    }

    private static double allocated(RunResult result) {
        Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
        return bytes == null ? Double.NaN : bytes.getScore();
    }
}
