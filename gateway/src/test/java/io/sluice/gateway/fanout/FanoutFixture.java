package io.sluice.gateway.fanout;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Overflow;
import io.sluice.gateway.config.Configuration.TopicRule;
import io.sluice.gateway.metrics.Meters;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One shard with rules {@code #} of the given overflow policies, and sessions on sockets that can be stopped. */
final class FanoutFixture implements AutoCloseable {

    static final int HIGH_WATER = 1024;

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final List<Rule> rules = new ArrayList<>();
    final Shard shard;
    final Hub hub;
    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final List<SlowSocket> sockets = new ArrayList<>();

    FanoutFixture(Overflow... policies) {
        List<TopicRule> configured = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (Overflow policy : policies) {
            configured.add(TopicRule.DEFAULT.with(policy));
            rules.add(new Rule(
                    rules.size(), TopicPattern.of("#"), new Rule.Live("amq.topic", 1000), false, true, true, Set.of()));
            names.add("rule" + names.size());
        }
        Meters meters = new Meters(registry, names);
        EventLoop eventLoop = loop.eventLoop();
        shard = new Shard(eventLoop, configured, ByteBufAllocator.DEFAULT, Duration.ZERO, meters);
        hub = new Hub(configured, List.of(shard), meters);
    }

    SlowSocket open(long limit) {
        SlowSocket socket = new SlowSocket(HIGH_WATER);
        socket.outbox = shard.open(socket, Encoding.plain(new Words()), limit, () -> socket.close(1013, "slow"));
        sockets.add(socket);
        return socket;
    }

    SlowSocket subscribed(long limit, String... patterns) {
        SlowSocket socket = open(limit);
        for (String pattern : patterns) {
            outbox(socket).subscribe(rules.get(0), TopicPattern.of(pattern));
        }
        return socket;
    }

    static Outbox outbox(SlowSocket socket) {
        return java.util.Objects.requireNonNull(socket.outbox);
    }

    void publish(String topic, String body) {
        publish(0, topic, body);
    }

    void publish(int rule, String topic, String body) {
        hub.deliver(new Delivery(
                rules.get(rule),
                topic,
                body.getBytes(StandardCharsets.UTF_8),
                "text/plain",
                null,
                Map.of(),
                null,
                System.nanoTime()));
    }

    /** Runs what the event loop has to do. */
    void turn() {
        loop.runPendingTasks();
    }

    double count(String name, String... tags) {
        var counter = registry.find(name).tags(tags).counter();
        return counter == null ? 0 : counter.count();
    }

    @Override
    public void close() {
        for (SlowSocket socket : sockets) {
            outbox(socket).close();
            socket.finish();
        }
        turn();
        loop.finishAndReleaseAll();
    }
}
