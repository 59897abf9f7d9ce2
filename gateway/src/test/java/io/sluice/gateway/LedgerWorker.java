package io.sluice.gateway;

import io.sluice.gateway.Ledger.Entry;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;

/** Takes jobs from a work queue and acks each. */
final class LedgerWorker extends LedgerSession {

    private final String topic;
    private final Set<Entry> done = ConcurrentHashMap.newKeySet();
    private volatile boolean subscribed;

    LedgerWorker(String name, Ledger ledger, String topic, IntFunction<URI> nodes, ScheduledExecutorService timer) {
        super(name, ledger, nodes, timer);
        this.topic = topic;
    }

    Set<Entry> done() {
        return done;
    }

    @Override
    void opened() {
        send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"%s\",\"credit\":5}".formatted(topic));
    }

    @Override
    void received(JsonNode message) {
        switch (message.path("op").asString()) {
            case "ok" -> subscribed = true;
            case "error" -> {
                if (message.path("id").asInt() == 1) {
                    timer.schedule(this::subscribeAgain, 500, TimeUnit.MILLISECONDS);
                }
            }
            case "message" -> {
                done.add(entry(topic, message.path("data")));
                send("{\"op\":\"ack\",\"tag\":%s}".formatted(message.path("tag")));
            }
            case "unsubscribed" -> ledger.violation(name + " was told " + message);
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

    private void subscribeAgain() {
        if (connected() && !subscribed) {
            opened();
        }
    }
}
