package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.sluice.bridge.Publication;
import io.sluice.bridge.PublishOutcome;
import io.sluice.bridge.RequestOutcome;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests of this node that await their replies, by correlation ids that nobody can guess: a back end that may answer one request must
 * not be able to answer another. Whoever takes a request out of the map settles it, so each is settled once. Any thread.
 *
 * <p>What was published and cannot be answered any more, since the reply queue is lost, is settled at once as unknown.
 */
final class Requests implements ReplyQueue.Receiver {

    private static final Logger LOG = LoggerFactory.getLogger(Requests.class);
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final int ID_BYTES = 16;
    private static final long SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final RequestOutcome NOT_SENT = new RequestOutcome.NotPublished(PublishOutcome.NOT_SENT);
    private static final RequestOutcome UNKNOWN = new RequestOutcome.NotPublished(PublishOutcome.UNKNOWN);
    private static final RequestOutcome BUSY = new RequestOutcome.NotPublished(PublishOutcome.BUSY);

    /** One request that was taken. */
    private static final class Awaited {
        final Consumer<RequestOutcome> settled;
        final long deadlineNanos;
        final int bytes;
        volatile boolean unknown;

        Awaited(Consumer<RequestOutcome> settled, long deadlineNanos, int bytes) {
            this.settled = settled;
            this.deadlineNanos = deadlineNanos;
            this.bytes = bytes;
        }
    }

    private final AmqpSettings settings;
    private final IntSupplier deliveryBytes;
    private final Publisher publisher;
    private final Runnable lost;
    private final Window window;
    private final Map<String, Awaited> awaited = new ConcurrentHashMap<>();
    private final SecureRandom random = new SecureRandom();

    private volatile @Nullable ReplyQueue queue;
    private volatile @Nullable String problem;

    /**
     * @param deliveryBytes of a reply, as it is now; any thread
     * @param lost is told when the reply queue was lost and the connection stands, on any thread
     */
    Requests(AmqpSettings settings, IntSupplier deliveryBytes, Publisher publisher, Runnable lost) {
        this.settings = settings;
        this.deliveryBytes = deliveryBytes;
        this.publisher = publisher;
        this.lost = lost;
        this.window = new Window(settings.limits().requests(), settings.limits().unconfirmedBytes());
    }

    void start(SerialThread clock) {
        clock.every(SWEEP_NANOS, this::expire);
    }

    /** See {@link io.sluice.bridge.Broker#request}; {@code publishable} as {@link Publisher#publish}. */
    void request(Publication publication, boolean publishable, long timeoutMillis, Consumer<RequestOutcome> settled) {
        PublishProperties.check(publication);
        ReplyQueue replies = queue;
        if (replies == null) {
            settled.accept(NOT_SENT);
            return;
        }
        int bytes = publication.body().length;
        if (!window.reserve(bytes)) {
            settled.accept(BUSY);
            return;
        }
        String id = mint();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        Awaited request = new Awaited(settled, deadline, bytes);
        awaited.put(id, request);
        publisher.publish(
                publication, new ReplyTo(replies.name(), id), publishable, outcome -> published(id, request, outcome));
        if (replies != queue) {
            settle(id, UNKNOWN);
        }
    }

    /** Requests that await their replies. */
    int outstanding() {
        return awaited.size();
    }

    /** What keeps requests from being served, as a sentence; null for nothing. */
    @Nullable
    String problem() {
        return problem;
    }

    /**
     * Makes sure that there is a reply queue, where requests are wanted. On the broker's thread.
     *
     * @throws IOException the connection is gone, or does not answer
     */
    void attach(Connection connection) throws IOException {
        if (queue != null || settings.limits().requests() == 0) {
            return;
        }
        try {
            queue = ReplyQueue.open(connection, this);
            problem = null;
        } catch (IOException | ShutdownSignalException failure) {
            AMQP.Channel.Close refusal = Reason.channelClose(failure);
            if (refusal == null) {
                throw new IOException("no answer", failure);
            }
            String sentence = "The reply queue for requests cannot be set up: " + refusal.getReplyText() + "."
                    + Reason.remedy(refusal, "configure and read on amq.gen-*");
            if (!sentence.equals(problem)) {
                problem = sentence;
                LOG.warn("{}", sentence);
            }
        }
    }

    /** The reply queue is gone, and with it every reply. */
    void detach() {
        ReplyQueue gone = queue;
        queue = null;
        if (gone != null) {
            gone.end();
            awaited.keySet().forEach(id -> settle(id, UNKNOWN));
        }
    }

    @Override
    public void replied(@Nullable String correlationId, AMQP.BasicProperties properties, byte[] body) {
        RequestOutcome outcome = body.length > deliveryBytes.getAsInt()
                ? new RequestOutcome.TooLarge()
                : new RequestOutcome.Replied(body, properties.getContentType(), properties.getContentEncoding());
        if (correlationId == null || !settle(correlationId, outcome)) {
            settings.metrics().replyDropped();
        }
    }

    @Override
    public void lost(ReplyQueue from, String reason) {
        if (from == queue) {
            LOG.warn("the reply queue is lost: {}; it is set up anew", reason);
            detach();
            lost.run();
        }
    }

    /** Any outcome of the publish but a confirm ends the request, unless a reply may still come. */
    private void published(String id, Awaited request, PublishOutcome outcome) {
        if (outcome.equals(PublishOutcome.UNKNOWN)) {
            request.unknown = true;
        } else if (!(outcome instanceof PublishOutcome.Confirmed)) {
            settle(id, new RequestOutcome.NotPublished(outcome));
        }
    }

    private void expire() {
        long now = System.nanoTime();
        awaited.forEach((id, request) -> {
            if (now - request.deadlineNanos >= 0) {
                settle(id, request.unknown ? UNKNOWN : new RequestOutcome.TimedOut());
            }
        });
    }

    /** Whether somebody waited for it. */
    private boolean settle(String id, RequestOutcome outcome) {
        Awaited request = awaited.remove(id);
        if (request == null) {
            return false;
        }
        window.release(request.bytes);
        try {
            request.settled.accept(outcome);
        } catch (RuntimeException failure) {
            LOG.error("The outcome of a request could not be told: this is a fault of Sluice", failure);
        }
        return true;
    }

    private String mint() {
        byte[] bits = new byte[ID_BYTES];
        random.nextBytes(bits);
        return ENCODER.encodeToString(bits);
    }
}
