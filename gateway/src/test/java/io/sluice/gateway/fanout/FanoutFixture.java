package io.sluice.gateway.fanout;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.History;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.Configuration.Overflow;
import io.sluice.gateway.config.Configuration.TopicRule;
import io.sluice.gateway.metrics.Meters;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** One shard with rules {@code #} of the given overflow policies, and sessions on sockets that can be stopped. */
final class FanoutFixture implements AutoCloseable {

    static final int HIGH_WATER = 1024;
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(HIGH_WATER / 2, HIGH_WATER);
    static final Duration AGE = Duration.ofSeconds(60);

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final List<Rule> rules = new ArrayList<>();
    final Shard shard;
    final Hub hub;
    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final List<SlowSocket> sockets = new ArrayList<>();
    private final @Nullable ScriptedHistory history;

    FanoutFixture(Overflow... policies) {
        this(null, LiveFlow.INBOX_MESSAGES, new OutboundBudget(Long.MAX_VALUE), policies);
    }

    /** @param budget of what may wait for all sessions together; it is for this shard alone until it is told of others */
    static FanoutFixture within(OutboundBudget budget, Overflow... policies) {
        return new FanoutFixture(null, LiveFlow.INBOX_MESSAGES, budget, policies);
    }

    /**
     * One rule that has a history.
     *
     * @param waiting messages that may wait for the shard
     */
    static FanoutFixture resumable(Overflow policy, int waiting) {
        return new FanoutFixture(new ScriptedHistory(), waiting, new OutboundBudget(Long.MAX_VALUE), policy);
    }

    private FanoutFixture(@Nullable ScriptedHistory history, int waiting, OutboundBudget budget, Overflow... policies) {
        this.history = history;
        List<TopicRule> configured = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (Overflow policy : policies) {
            configured.add(history == null ? TopicRule.DEFAULT.with(policy) : resumable(policy));
            rules.add(rule(rules.size(), history == null ? new Rule.Live("amq.topic", 1000) : ScriptedHistory.SOURCE));
            names.add("rule" + names.size());
        }
        Meters meters = new Meters(registry, names);
        EventLoop eventLoop = loop.eventLoop();
        IntFunction<History> histories = rule -> history();
        shard = new Shard(
                eventLoop, configured, histories, ByteBufAllocator.DEFAULT, Duration.ZERO, budget, meters, waiting);
        budget.shards(List.of(shard));
        hub = new Hub(configured, List.of(shard), histories, meters, delivery -> null);
    }

    ScriptedHistory history() {
        return Objects.requireNonNull(history, "a rule with no history");
    }

    SlowSocket open(long limit) {
        SlowSocket socket = new SlowSocket(HIGH_WATER);
        socket.outbox =
                shard.open(socket, Encoding.plain(new Words()), new OutboundLimits(limit, AGE, WATER_MARK), socket);
        sockets.add(socket);
        return socket;
    }

    SlowSocket subscribed(long limit, String... patterns) {
        SlowSocket socket = open(limit);
        for (String pattern : patterns) {
            outbox(socket).subscribe(rules.get(0), TopicPattern.of(pattern), List.of());
        }
        return socket;
    }

    /** A session whose patterns start behind {@code from}. */
    SlowSocket resumed(long limit, Place from, String... patterns) {
        SlowSocket socket = open(limit);
        for (String pattern : patterns) {
            outbox(socket).subscribe(rules.get(0), TopicPattern.of(pattern), List.of(), from);
        }
        return socket;
    }

    void unsubscribe(SlowSocket socket, String pattern) {
        outbox(socket)
                .unsubscribe(Objects.requireNonNull(outbox(socket).subscription(TopicPattern.of(pattern)), pattern));
    }

    static Outbox outbox(SlowSocket socket) {
        return Objects.requireNonNull(socket.outbox);
    }

    void publish(String topic, String body) {
        publish(0, topic, body);
    }

    void publish(int rule, String topic, String body) {
        if (history == null) {
            hub.deliver(delivery(rules.get(rule), topic, body));
        } else {
            history.append(delivery(rules.get(rule), topic, body));
            history.tell(rules.get(rule), hub);
        }
    }

    /** What came from AMQP {@code ago}. */
    void publishOld(String topic, String body, Duration ago) {
        hub.deliver(delivery(rules.get(0), topic, body, System.nanoTime() - ago.toNanos()));
    }

    static Delivery delivery(Rule rule, String topic, String body) {
        return delivery(rule, topic, body, System.nanoTime());
    }

    private static Delivery delivery(Rule rule, String topic, String body, long receivedNanos) {
        return new Delivery(
                rule,
                topic,
                body.getBytes(StandardCharsets.UTF_8),
                "text/plain",
                null,
                Map.of(),
                null,
                receivedNanos,
                Delivery.UNTIMED,
                null);
    }

    /** Runs what the event loop has to do. */
    void turn() {
        loop.runPendingTasks();
    }

    void advance(Duration time) {
        loop.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
        loop.runScheduledPendingTasks();
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

    private static Rule rule(int index, Rule.Source source) {
        return new Rule(index, TopicPattern.of("#"), source, false, true, true, Set.of());
    }

    private static TopicRule resumable(Overflow policy) {
        TopicRule absent = TopicRule.DEFAULT;
        return new TopicRule(
                absent.match(),
                absent.exchange(),
                null,
                absent.ackTimeout(),
                Configuration.History.DEFAULT,
                policy,
                absent.declare(),
                absent.binding(),
                absent.persistent(),
                absent.headers(),
                absent.contentType(),
                absent.narrow(),
                absent.sensitive(),
                absent.queueLength());
    }
}
