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
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;

/** Subscribes to a live pattern. It may miss messages, but never without having been told, and never gets one twice. */
final class LiveReader extends LedgerSession {

    private static final int SUBSCRIBE = 1;

    private final String pattern;
    /** What came between two holes that were told. */
    private final List<List<Entry>> segments = new ArrayList<>(List.of(new ArrayList<>()));

    private volatile boolean subscribed;

    LiveReader(String name, Ledger ledger, String pattern, IntFunction<URI> nodes, ScheduledExecutorService timer) {
        super(name, ledger, nodes, timer);
        this.pattern = pattern;
    }

    @Override
    void opened() {
        hole();
        send("{\"op\":\"subscribe\",\"id\":%d,\"topic\":\"%s\"}".formatted(SUBSCRIBE, pattern));
    }

    @Override
    synchronized void received(JsonNode message) {
        switch (message.path("op").asString()) {
            case "ok" -> subscribed = true;
            case "error" -> timer.schedule(this::subscribeAgain, 500, TimeUnit.MILLISECONDS);
            case "gap" -> hole();
            case "message" ->
                segments.get(segments.size() - 1)
                        .add(entry(message.path("topic").asString(), message.path("data")));
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

    synchronized boolean has(Entry entry) {
        return segments.get(segments.size() - 1).contains(entry);
    }

    /** Enters what must not be. */
    synchronized void audit() {
        Set<Entry> seen = new HashSet<>();
        Map<String, List<Entry>> confirmed = new HashMap<>();
        ledger.confirmed(pattern.substring(0, pattern.length() - 1))
                .forEach(entry -> confirmed
                        .computeIfAbsent(entry.source() + " " + entry.topic(), none -> new ArrayList<>())
                        .add(entry));
        for (List<Entry> segment : segments) {
            Map<String, List<Entry>> bySource = new HashMap<>();
            for (Entry entry : segment) {
                if (!seen.add(entry)) {
                    ledger.violation(name + " got " + entry + " twice");
                }
                if (ledger.confirmed(entry)) {
                    bySource.computeIfAbsent(entry.source() + " " + entry.topic(), none -> new ArrayList<>())
                            .add(entry);
                }
            }
            bySource.forEach((source, got) -> between(got, confirmed.getOrDefault(source, List.of())));
        }
    }

    /** From the first to the last of one source, the confirmed ones all came, and in order. */
    private void between(List<Entry> got, List<Entry> confirmed) {
        int from = confirmed.indexOf(got.get(0));
        int to = confirmed.indexOf(got.get(got.size() - 1));
        if (from > to || !confirmed.subList(from, to + 1).equals(got)) {
            ledger.violation(name + " missed, without a gap, or got out of order, some of "
                    + confirmed.subList(Math.min(from, to), Math.max(from, to) + 1) + ": it got " + got);
        }
    }

    private synchronized void hole() {
        if (!segments.get(segments.size() - 1).isEmpty()) {
            segments.add(new ArrayList<>());
        }
    }

    private void subscribeAgain() {
        if (connected() && !subscribed) {
            opened();
        }
    }
}
