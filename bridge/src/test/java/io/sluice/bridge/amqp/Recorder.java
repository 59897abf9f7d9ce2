package io.sluice.bridge.amqp;

import static org.awaitility.Awaitility.await;

import io.sluice.bridge.BrokerListener;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.topic.Rule;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Everything the bridge tells, in the order told, one line each; deliveries also as they are. */
final class Recorder implements BrokerListener, DeliverySink {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    final List<String> events = new AppendOnly<>();
    final List<Delivery> deliveries = new AppendOnly<>();

    void awaitEvent(String event) {
        await().atMost(PATIENCE).until(() -> events.contains(event));
    }

    void awaitCount(String event, int count) {
        await().atMost(PATIENCE).until(() -> count(event) >= count);
    }

    void awaitPrefix(String prefix) {
        await().atMost(PATIENCE).until(() -> events.stream().anyMatch(event -> event.startsWith(prefix)));
    }

    long count(String event) {
        return events.stream().filter(event::equals).count();
    }

    long countPrefix(String prefix) {
        return events.stream().filter(event -> event.startsWith(prefix)).count();
    }

    @Override
    public void up() {
        events.add("up");
    }

    @Override
    public void down(String reason) {
        events.add("down " + reason);
    }

    @Override
    public void blocked(boolean blocked, String reason) {
        events.add("blocked " + blocked);
    }

    @Override
    public void ruleAvailable(Rule rule) {
        events.add("available " + rule.name());
    }

    @Override
    public void ruleUnavailable(Rule rule, String reason) {
        events.add("unavailable " + rule.name() + " " + reason);
    }

    @Override
    public void deliver(Delivery delivery) {
        deliveries.add(delivery);
        String body = delivery.body().length > 100 ? "…" : new String(delivery.body(), StandardCharsets.UTF_8);
        events.add("delivery " + delivery.topic() + " " + body);
    }

    @Override
    public void gap(Rule rule, Hole hole, long missed) {
        events.add("gap " + rule.name() + " " + hole + " " + missed);
    }

    @Override
    public void tooLarge(Rule rule, String topic) {
        events.add("too large " + rule.name() + " " + topic);
    }
}
