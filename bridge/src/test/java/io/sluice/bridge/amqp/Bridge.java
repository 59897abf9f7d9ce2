package io.sluice.bridge.amqp;

import io.sluice.bridge.Publication;
import io.sluice.bridge.PublishOutcome;
import io.sluice.bridge.RequestOutcome;
import io.sluice.bridge.topic.Route;
import io.sluice.bridge.topic.Rule;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An {@link AmqpBroker} that is up, with a recorder for what it tells. */
final class Bridge implements AutoCloseable {

    /** The product's, but for what a test would otherwise wait for. */
    static final AmqpSettings.Timing QUICK =
            AmqpSettings.Timing.DEFAULT.withHeartbeat(Duration.ofSeconds(2)).withRecheck(Duration.ofMillis(300));

    final Recorder recorder = new Recorder();
    final AmqpBroker broker;

    private Bridge(AmqpSettings settings, Rules rules) {
        broker = new AmqpBroker(settings, rules.topicRules());
        broker.start(recorder, recorder);
    }

    static AmqpSettings settings(TestBroker node) {
        return AmqpSettings.of(List.of(node.uri())).with(QUICK);
    }

    static Bridge up(TestBroker node, Rules rules) {
        return up(settings(node), rules);
    }

    static Bridge up(AmqpSettings settings, Rules rules) {
        Bridge bridge = starting(settings, rules);
        bridge.recorder.awaitEvent("up");
        return bridge;
    }

    static Bridge starting(AmqpSettings settings, Rules rules) {
        return new Bridge(settings, rules);
    }

    CompletableFuture<PublishOutcome> publish(Rule rule, String exchange, String key, String body) {
        return publish(publication(rule, exchange, key, body.getBytes(StandardCharsets.UTF_8)));
    }

    CompletableFuture<PublishOutcome> publish(Publication publication) {
        CompletableFuture<PublishOutcome> outcome = new CompletableFuture<>();
        broker.publish(publication, settled -> {
            if (!outcome.complete(settled)) {
                throw new AssertionError("settled twice");
            }
        });
        return outcome.orTimeout(60, TimeUnit.SECONDS);
    }

    CompletableFuture<RequestOutcome> request(Publication publication, long timeoutMillis) {
        CompletableFuture<RequestOutcome> outcome = new CompletableFuture<>();
        broker.request(publication, timeoutMillis, settled -> {
            if (!outcome.complete(settled)) {
                throw new AssertionError("settled twice");
            }
        });
        return outcome.orTimeout(60, TimeUnit.SECONDS);
    }

    static Publication publication(Rule rule, String exchange, String key, byte[] body) {
        return new Publication(new Route(rule, exchange, key), 0, body, "text/plain", null, null, "s1", Map.of(), -1);
    }

    @Override
    public void close() {
        broker.close();
    }
}
