package io.sluice.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What was measured, and where: one file of comma-separated lines for each suite, kept with the sources, so that every figure of the
 * report can be traced to its samples. Lines that start with {@code #} say what the machine was, those with {@code !} what failed.
 */
public final class Samples {

    private static final String COMMENT = "# ";

    private final List<String> circumstances = new ArrayList<>();
    private final List<Sample> samples = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();

    /** Reads every suite's file in {@code directory}, which may be missing. */
    public static Samples in(Path directory) throws IOException {
        Samples all = new Samples();
        if (Files.isDirectory(directory)) {
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.filter(name -> name.toString().endsWith(".csv"))
                        .sorted()
                        .toList()) {
                    all.read(file);
                }
            }
        }
        return all;
    }

    /** Adds one. */
    public void add(Sample sample) {
        samples.add(sample);
    }

    /** Adds one. */
    public void add(Failure failure) {
        failures.add(failure);
    }

    /** Notes one thing about the machine or the run. */
    public void note(String circumstance) {
        circumstances.add(circumstance);
    }

    /** Writes all of it over {@code file}. */
    public void write(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(
                file,
                Stream.of(
                                circumstances.stream().map(COMMENT::concat),
                                failures.stream().map(Failure::toLine),
                                samples.stream().map(Sample::toLine))
                        .flatMap(lines -> lines)
                        .toList());
    }

    /** What could not be measured, in the order in which it was tried. */
    List<Failure> failures() {
        return List.copyOf(failures);
    }

    /** What was noted, each thing once. */
    List<String> circumstances() {
        return circumstances.stream().distinct().toList();
    }

    boolean has(String scenario) {
        return samples.stream().anyMatch(sample -> sample.scenario().equals(scenario));
    }

    /** Scenarios whose names start with {@code prefix}, in the order in which they were measured. */
    List<String> scenarios(String prefix) {
        return samples.stream()
                .map(Sample::scenario)
                .filter(scenario -> scenario.startsWith(prefix))
                .distinct()
                .toList();
    }

    /** Servers that were measured in {@code scenario}, in the order in which they were. */
    List<String> servers(String scenario) {
        return samples.stream()
                .filter(sample -> sample.scenario().equals(scenario))
                .map(Sample::server)
                .distinct()
                .toList();
    }

    /** One metric over all rounds; empty where it was not measured. */
    Spread spread(String scenario, String server, String metric) {
        return Spread.of(byRound(scenario, server, metric).values());
    }

    /** One metric of everything that was measured. */
    Spread spread(String metric) {
        return Spread.of(samples.stream()
                .filter(sample -> sample.metric().equals(metric))
                .map(Sample::value)
                .toList());
    }

    /** The ratio of two servers, round by round, where both were measured. */
    Spread ratio(String scenario, String server, String to, String metric) {
        return ratio(byRound(scenario, server, metric), byRound(scenario, to, metric));
    }

    /** The ratio of two scenarios of one server, round by round. */
    Spread ratioOfScenarios(String scenario, String to, String server, String metric) {
        return ratio(byRound(scenario, server, metric), byRound(to, server, metric));
    }

    private static Spread ratio(Map<Integer, Double> of, Map<Integer, Double> to) {
        List<Double> ratios = new ArrayList<>();
        of.forEach((round, value) -> {
            Double other = to.get(round);
            if (other != null) {
                ratios.add(value / other);
            }
        });
        return Spread.of(ratios);
    }

    private Map<Integer, Double> byRound(String scenario, String server, String metric) {
        return samples.stream()
                .filter(sample -> sample.scenario().equals(scenario)
                        && sample.server().equals(server)
                        && sample.metric().equals(metric))
                .collect(Collectors.toMap(Sample::round, Sample::value, (first, last) -> last, TreeMap::new));
    }

    private void read(Path file) throws IOException {
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith(COMMENT)) {
                note(line.substring(COMMENT.length()));
            } else if (line.startsWith(Failure.PREFIX)) {
                add(Failure.ofLine(line));
            } else if (!line.isBlank()) {
                add(Sample.ofLine(line));
            }
        }
    }
}
