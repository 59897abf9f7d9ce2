package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Connection;
import io.sluice.bridge.Publication;
import io.sluice.bridge.PublishOutcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes with confirms and {@code mandatory}, in a few lanes. What cannot be taken is refused at once, what was taken is settled
 * exactly once and honestly: nothing is kept for a broker that is not there, and what was sent and never confirmed is unknown.
 */
final class Publisher {

    /** What others have to know. Called on threads of the client. */
    interface Events {
        void blocked(boolean blocked, String reason);

        /** The broker refused to publish to {@code exchange}: it is missing, or may not be written to. */
        void refused(String exchange, boolean missing, String reason);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
    private static final long CLOCK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LANE_ENDS_MILLIS = 1_000;

    private final PublishProperties properties = new PublishProperties();
    private final AmqpSettings settings;
    private final BridgeThreads threads;
    private final Link link;
    private final Events events;
    private final Window window;
    private final List<Lane> lanes;
    private final AtomicBoolean blocked = new AtomicBoolean();
    private volatile long largestBody = Long.MAX_VALUE;
    private volatile boolean closing;

    Publisher(AmqpSettings settings, BridgeThreads threads, Link link, Events events) {
        this.settings = settings;
        this.threads = threads;
        this.link = link;
        this.events = events;
        this.window =
                new Window(settings.limits().unconfirmed(), settings.limits().unconfirmedBytes());
        this.lanes = IntStream.range(0, settings.limits().lanes())
                .mapToObj(number -> new Lane(number, link, settings, threads, properties, new Peer()))
                .toList();
    }

    void start() {
        lanes.forEach(Lane::start);
        threads.clock().every(CLOCK_NANOS, this::expire);
    }

    /**
     * See {@link io.sluice.bridge.Broker#publish}.
     *
     * @param replyTo where its answer is awaited; null for none
     * @param publishable whether its exchange is known to be there
     */
    void publish(
            Publication publication, @Nullable ReplyTo replyTo, boolean publishable, Consumer<PublishOutcome> settled) {
        PublishProperties.check(publication);
        if (closing || !link.open() || !publishable) {
            refuse(publication, settled, PublishOutcome.NOT_SENT);
            return;
        }
        if (blocked.get() || !window.reserve(publication.body().length)) {
            refuse(publication, settled, PublishOutcome.BUSY);
            return;
        }
        Pending pending = new Pending(publication, replyTo, settled, this::onSettled);
        Lane lane = lanes.get(Math.floorMod(publication.lane(), lanes.size()));
        if (!lane.offer(pending)) {
            pending.settle(PublishOutcome.BUSY);
        }
    }

    /** Before the connection is used. */
    void watch(Connection connection) {
        properties.broker(BrokerProduct.of(connection));
        largestBody = Long.MAX_VALUE;
        connection.addBlockedListener(
                reason -> events.blocked(true, reason), () -> events.blocked(false, "the alarm is over"));
    }

    /** The connection stands. */
    void connected() {
        lanes.forEach(Lane::connected);
    }

    boolean blocked() {
        return blocked.get();
    }

    /** Whether that is news. */
    boolean blocked(boolean now) {
        return blocked.compareAndSet(!now, now);
    }

    int unconfirmed() {
        return window.count();
    }

    /** Takes no more, waits for what is unconfirmed, ends the lanes, and settles the rest as it is. Blocks. */
    void close(Duration patience) {
        closing = true;
        window.awaitEmpty(patience.toNanos());
        lanes.forEach(Lane::stop);
        for (Lane lane : lanes) {
            if (!lane.awaitEnd(LANE_ENDS_MILLIS)) {
                link.sever();
                lane.awaitEnd(LANE_ENDS_MILLIS);
            }
        }
        lanes.forEach(Lane::settleRest);
    }

    private void refuse(Publication publication, Consumer<PublishOutcome> settled, PublishOutcome outcome) {
        settings.metrics().published(publication.route().rule(), outcome);
        settled.accept(outcome);
    }

    private void onSettled(Pending pending, Consumer<PublishOutcome> settled, PublishOutcome outcome) {
        window.release(pending.size());
        try {
            settings.metrics().published(pending.publication().route().rule(), outcome);
            settled.accept(outcome);
        } catch (RuntimeException failure) {
            LOG.error("An outcome could not be told: this is a fault of Sluice", failure);
        }
    }

    private void expire() {
        long now = System.nanoTime();
        for (Lane lane : lanes) {
            lane.expire(now);
            if (lane.stuck(now)) {
                LOG.warn(
                        "publish connection: the broker has taken nothing for {}; it is cut",
                        settings.timing().confirm());
                link.sever();
            }
        }
    }

    private final class Peer implements Lane.Peer {

        @Override
        public boolean blocked() {
            return blocked.get();
        }

        @Override
        public long largestBody() {
            return largestBody;
        }

        @Override
        public void closed(AMQP.Channel.Close close) {
            LOG.warn("the broker closed a publishing channel: {}; it is replaced", close.getReplyText());
            Refusal refusal = Refusal.of(close);
            if (refusal instanceof Refusal.OfExchange refused) {
                events.refused(
                        refused.exchange(),
                        refused.missing(),
                        "The broker refuses publishes: " + close.getReplyText() + ".");
            } else if (refusal instanceof Refusal.OfSize refused) {
                largestBody = refused.most();
                LOG.warn(
                        "larger bodies are rejected without asking the broker: keep limits.messageBytes below its"
                                + " max_message_size, {}",
                        refused.most());
            }
        }
    }
}
