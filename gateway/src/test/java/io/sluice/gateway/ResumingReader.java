package io.sluice.gateway;

import io.sluice.gateway.Ledger.Entry;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;

/** Subscribes to a resumable pattern from its first message on, and comes back at the last position it was told: it gets everything, once. */
final class ResumingReader extends LedgerSession {

    private final String pattern;
    private final List<Entry> got = new ArrayList<>();
    private String from = "\"first\"";
    private volatile boolean subscribed;

    ResumingReader(String name, Ledger ledger, String pattern, IntFunction<URI> nodes, ScheduledExecutorService timer) {
        super(name, ledger, nodes, timer);
        this.pattern = pattern;
    }

    @Override
    synchronized void opened() {
        send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"%s\",\"from\":%s}".formatted(pattern, from));
    }

    @Override
    synchronized void received(JsonNode message) {
        switch (message.path("op").asString()) {
            case "ok" -> {
                JsonNode subscription = message.path("subscriptions").path(0);
                if (!subscription.path("recovered").asBoolean(true)) {
                    ledger.violation(name + " was not recovered from " + from);
                }
                standsAt(subscription);
                subscribed = true;
            }
            case "error" -> timer.schedule(this::subscribeAgain, 500, TimeUnit.MILLISECONDS);
            case "gap" -> ledger.violation(name + " was told " + message);
            case "position" -> standsAt(message);
            case "message" -> {
                got.add(entry(message.path("topic").asString(), message.path("data")));
                standsAt(message);
            }
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

    synchronized int count() {
        return got.size();
    }

    /** Enters what differs from {@code log}, the whole stream in order. */
    synchronized void audit(List<Entry> log) {
        String prefix = pattern.substring(0, pattern.length() - 1);
        List<Entry> mine =
                log.stream().filter(entry -> entry.topic().startsWith(prefix)).toList();
        if (!mine.equals(got)) {
            int at = 0;
            while (at < Math.min(mine.size(), got.size()) && mine.get(at).equals(got.get(at))) {
                at++;
            }
            ledger.violation(
                    name + " got " + got.size() + " of " + mine.size() + " messages and differs at " + at + ": "
                            + got.subList(at, Math.min(got.size(), at + 3)) + " for "
                            + mine.subList(at, Math.min(mine.size(), at + 3)));
        }
    }

    private void standsAt(JsonNode told) {
        if (told.has("position")) {
            from = "{\"position\":" + told.path("position") + "}";
        }
    }

    private void subscribeAgain() {
        if (connected() && !subscribed) {
            opened();
        }
    }
}
