package io.sluice.gateway.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Collects the problems of one file, and knows on which line each key stands. */
final class Problems {

    private final String file;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Integer> lines = new HashMap<>();

    Problems(String file) {
        this.file = file;
    }

    /** Remembers that {@code key}, a way from the root, stands on {@code line}. */
    void locate(String key, int line) {
        lines.put(key, line);
    }

    void add(int line, String key, String sentence) {
        problems.add(new Problem(file, line, key, sentence));
    }

    void add(Finding finding) {
        problems.add(located(finding));
    }

    boolean isEmpty() {
        return problems.isEmpty();
    }

    List<Problem> inOrder() {
        return problems.stream()
                .sorted(Comparator.comparingInt(Problem::line))
                .distinct()
                .toList();
    }

    List<Problem> located(List<Finding> findings) {
        return findings.stream().map(this::located).toList();
    }

    private Problem located(Finding finding) {
        return new Problem(file, line(finding.key()), finding.key(), finding.sentence());
    }

    /** The line of {@code key}, else of what it would stand in, else 0. */
    private int line(String key) {
        for (String at = key; !at.isEmpty(); at = parent(at)) {
            Integer line = lines.get(at);
            if (line != null) {
                return line;
            }
        }
        return 0;
    }

    private static String parent(String key) {
        return key.substring(0, Math.max(0, Math.max(key.lastIndexOf('.'), key.lastIndexOf('['))));
    }
}
