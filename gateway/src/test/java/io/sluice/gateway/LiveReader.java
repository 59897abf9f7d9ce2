package io.sluice.gateway;

import io.sluice.gateway.Ledger.Entry;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;

/** Subscribes to a live pattern. It may miss messages, but never without having been told, and never gets one twice. */
final class LiveReader extends LedgerSession {

    private static final int SUBSCRIBE = 1;

    /** What came between two holes that were told, of which the first was told then. */
    private record Segment(long sinceNanos, List<Entry> got) {}

    private final String pattern;
    /** The latest is the last. */
    private final List<Segment> segments = new ArrayList<>();

    private final AtomicInteger brokerGaps = new AtomicInteger();

    private volatile boolean subscribed;

    LiveReader(String name, Ledger ledger, String pattern, IntFunction<URI> nodes, ScheduledExecutorService timer) {
        super(name, ledger, nodes, timer);
        this.pattern = pattern;
        begin();
    }

    @Override
    void opened() {
        begin();
        send("{\"op\":\"subscribe\",\"id\":%d,\"topic\":\"%s\"}".formatted(SUBSCRIBE, pattern));
    }

    @Override
    synchronized void received(JsonNode message) {
        switch (message.path("op").asString()) {
            case "ok" -> {
                begin();
                subscribed = true;
            }
            case "error" -> timer.schedule(this::subscribeAgain, 500, TimeUnit.MILLISECONDS);
            case "gap" -> {
                begin();
                if (message.path("reason").asString().equals("broker")) {
                    brokerGaps.incrementAndGet();
                }
            }
            case "message" -> latest().got().add(entry(message.path("topic").asString(), message.path("data")));
            default -> {}
        }
    }

    @Override
    void lost() {
        subscribed = false;
    }

    @Override
    boolean complete() {
        return subscribed;
    }

    String pattern() {
        return pattern;
    }

    /** How many gaps it was told of for the broker's sake. */
    int brokerGaps() {
        return brokerGaps.get();
    }

    /** Whether this has come since the last hole. */
    synchronized boolean has(Entry entry) {
        return latest().got().contains(entry);
    }

    /** Enters what must not be. What has not come yet may be under way. */
    void audit() {
        audit(false);
    }

    /** The same, and what was published since the last hole must have come, to the end: it has what was published behind all of it. */
    void auditToTheEnd() {
        audit(true);
    }

    private synchronized void audit(boolean toTheEnd) {
        Set<Entry> seen = new HashSet<>();
        Map<String, List<Entry>> confirmed = new HashMap<>();
        ledger.confirmed(pattern.substring(0, pattern.length() - 1))
                .forEach(entry -> confirmed
                        .computeIfAbsent(entry.source() + " " + entry.topic(), none -> new ArrayList<>())
                        .add(entry));
        for (Segment segment : segments) {
            Map<String, List<Entry>> bySource = new HashMap<>();
            for (Entry entry : segment.got()) {
                if (!seen.add(entry)) {
                    ledger.violation(name + " got " + entry + " twice");
                }
                if (ledger.confirmed(entry)) {
                    bySource.computeIfAbsent(entry.source() + " " + entry.topic(), none -> new ArrayList<>())
                            .add(entry);
                }
            }
            boolean whole = toTheEnd && segment.equals(latest());
            confirmed.forEach((source, all) -> compare(segment, bySource.getOrDefault(source, List.of()), all, whole));
        }
    }

    /**
     * Of one source, all confirmed ones came in order, from the first that was sent behind the hole, or came sooner, to the last that came; or,
     * of a {@code whole} segment, to the last there is.
     */
    private void compare(Segment segment, List<Entry> got, List<Entry> confirmed, boolean whole) {
        if (got.isEmpty() && !whole) {
            return;
        }
        int from = 0;
        while (from < confirmed.size()
                && !ledger.sentSince(confirmed.get(from), segment.sinceNanos())
                && !(!got.isEmpty() && confirmed.get(from).equals(got.get(0)))) {
            from++;
        }
        int to = whole ? confirmed.size() : confirmed.indexOf(got.get(got.size() - 1)) + 1;
        if (from > to || !confirmed.subList(from, to).equals(got)) {
            ledger.violation(name + " missed, without a gap, or got out of order, some of "
                    + confirmed.subList(Math.min(from, to), Math.max(from, to)) + ": it got " + got);
        }
    }

    /** What was missed until now was told, or is nobody's loss. */
    private synchronized void begin() {
        if (!segments.isEmpty() && latest().got().isEmpty()) {
            segments.remove(segments.size() - 1);
        }
        segments.add(new Segment(System.nanoTime(), new ArrayList<>()));
    }

    private Segment latest() {
        return segments.get(segments.size() - 1);
    }

    private void subscribeAgain() {
        if (connected() && !subscribed) {
            opened();
        }
    }
}
