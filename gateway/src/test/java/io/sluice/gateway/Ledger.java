package io.sluice.gateway;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;

/**
 * What was published and what became of it, number by number. A source publishes its numbers in order, and has a new name after each
 * connection. Any thread.
 */
final class Ledger {

    /** What a publisher was told, or found out. */
    enum Outcome {
        CONFIRMED,
        /** Told that nothing was sent, or that it is nowhere. */
        REFUSED,
        /** Told that nobody knows. */
        UNKNOWN,
        /** Its connection ended first. */
        CUT
    }

    /** One message. */
    record Entry(String topic, String source, int number) implements Comparable<Entry> {

        /** As it travels. */
        String body() {
            return "{\"s\":\"" + source + "\",\"n\":" + number + "}";
        }

        @Override
        public int compareTo(Entry other) {
            int bySource = source.compareTo(other.source);
            return bySource == 0 ? Integer.compare(number, other.number) : bySource;
        }
    }

    /** From the call that sends a publish to the outcome's arrival, both at the publisher. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private record Settled(Outcome outcome, long sentNanos) {}

    private final ConcurrentMap<Entry, Long> open = new ConcurrentHashMap<>();
    private final ConcurrentMap<Entry, Settled> settled = new ConcurrentHashMap<>();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();

    void sent(Entry entry) {
        open.put(entry, System.nanoTime());
    }

    void settled(Entry entry, Outcome outcome) {
        Long since = open.remove(entry);
        if (since == null) {
            violation(entry + " was settled twice, the second time as " + outcome);
            return;
        }
        Duration took = Duration.ofNanos(System.nanoTime() - since);
        if (took.compareTo(PATIENCE) > 0) {
            violation(entry + " was settled after " + took + " only, as " + outcome);
        }
        settled.put(entry, new Settled(outcome, since));
    }

    void violation(String what) {
        violations.add(what);
    }

    List<String> violations() {
        return List.copyOf(violations);
    }

    /** Publishes without an outcome yet. */
    int unsettled() {
        return open.size();
    }

    boolean confirmed(Entry entry) {
        Settled known = settled.get(entry);
        return known != null && known.outcome() == Outcome.CONFIRMED;
    }

    /** Whether it was sent behind that moment of {@link System#nanoTime}, and is settled. */
    boolean sentSince(Entry entry, long nanos) {
        Settled known = settled.get(entry);
        return known != null && known.sentNanos() - nanos > 0;
    }

    /** The confirmed messages of topics that begin so, by source and number. */
    Set<Entry> confirmed(String prefix) {
        return settled.entrySet().stream()
                .filter(entry -> entry.getValue().outcome() == Outcome.CONFIRMED
                        && entry.getKey().topic().startsWith(prefix))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Notes which of {@code wanted} are not in {@code found}. */
    void present(String where, Collection<Entry> wanted, Collection<Entry> found) {
        Set<Entry> there = Set.copyOf(found);
        List<Entry> lost =
                wanted.stream().filter(entry -> !there.contains(entry)).toList();
        if (!lost.isEmpty()) {
            violation(lost.size() + " confirmed messages are not in " + where + ", such as " + lost.get(0));
        }
    }

    /** Notes what of one source and topic is not in the order in which it was published, or is there twice. */
    void inOrder(String where, Collection<Entry> found) {
        Map<String, Entry> latest = new HashMap<>();
        for (Entry entry : found) {
            Entry before = latest.put(entry.source() + " " + entry.topic(), entry);
            if (before != null && before.number() >= entry.number()) {
                violation(where + " has " + entry + " behind " + before);
            }
        }
    }

    /** How often each outcome was told. */
    @Override
    public String toString() {
        return settled.values().stream()
                .collect(Collectors.groupingBy(Settled::outcome, Collectors.counting()))
                .toString();
    }
}
