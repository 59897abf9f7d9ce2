package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import io.sluice.bridge.Publication;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The AMQP properties of what browsers publish; nothing that a client sends can set another one. */
final class PublishProperties {

    static final String USER = "x-sluice-user";
    static final String SESSION = "x-sluice-session";
    /** The sequence number on its channel: a return carries no delivery tag, but it carries the headers. */
    static final String PUBLISH = "x-sluice-publish";

    private static final String TRACE = "traceparent";

    static final String APP_ID = "sluice";
    private static final int PERSISTENT = 2;
    private static final int TRANSIENT = 1;
    /** RabbitMQ's largest expiration, 2^32-1 milliseconds: a larger one would cost the lane its channel. */
    private static final long MAX_EXPIRATION = 0xFFFF_FFFFL;

    private static final int MAX_SHORT_STRING = 255;

    private final String generatedPrefix =
            Long.toUnsignedString(ThreadLocalRandom.current().nextLong(), 36) + "-";
    private final AtomicLong generated = new AtomicLong();

    /** As Qpid has it, a moment in milliseconds since 1970; RabbitMQ has milliseconds from now on. */
    private volatile boolean expiresAtMoment;

    /** {@code broker} is the one that is published to from now on. AMQP 0-9-1 does not say what an expiration is. */
    void broker(BrokerProduct broker) {
        expiresAtMoment = !broker.rabbitMq();
    }

    @SuppressWarnings("JavaUtilDate") // the client's type for an AMQP timestamp
    AMQP.BasicProperties of(Publication publication, @Nullable ReplyTo replyTo, long sequence) {
        String messageId = publication.messageId();
        boolean persistent = publication.route().rule().persistent();
        AMQP.BasicProperties.Builder properties = new AMQP.BasicProperties.Builder()
                .contentType(publication.contentType())
                .messageId(messageId == null ? generatedPrefix + generated.incrementAndGet() : messageId)
                .timestamp(new Date())
                .appId(APP_ID)
                .deliveryMode(persistent ? PERSISTENT : TRANSIENT)
                .headers(headers(publication, sequence));
        if (publication.ttlMillis() >= 0) {
            long ttl = Math.min(publication.ttlMillis(), MAX_EXPIRATION);
            properties.expiration(Long.toString(expiresAtMoment ? System.currentTimeMillis() + ttl : ttl));
        }
        if (replyTo != null) {
            properties.replyTo(replyTo.queue()).correlationId(replyTo.correlationId());
        }
        return properties.build();
    }

    /**
     * Whatever would fail on its way into a frame fails here, on the caller: in a lane it would cost others their channel.
     *
     * @throws IllegalArgumentException the caller has not kept to {@link Publication}
     */
    static void check(Publication publication) {
        checkShort("routing key", publication.route().routingKey());
        checkShort("exchange", publication.route().exchange());
        checkShort("content type", publication.contentType());
        checkShort("message id", publication.messageId());
        publication.headers().forEach((name, value) -> {
            checkShort("header name", name);
            if (!(value instanceof String
                    || value instanceof Long
                    || value instanceof Double
                    || value instanceof Boolean)) {
                throw new IllegalArgumentException("header " + name + " (expected: String, Long, Double or Boolean)");
            }
        });
    }

    private static void checkShort(String what, @Nullable String text) {
        if (text != null
                && text.length() * 3 > MAX_SHORT_STRING
                && text.getBytes(StandardCharsets.UTF_8).length > MAX_SHORT_STRING) {
            throw new IllegalArgumentException(what + " (expected: at most 255 bytes)");
        }
    }

    /** The root of a trace that nobody has decided to sample (W3C Trace Context, 3.2.2). An id of zeros is not one: hence the 1. */
    private static String startedTrace() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        HexFormat hex = HexFormat.of();
        return "00-" + hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong() | 1) + '-'
                + hex.toHexDigits(random.nextLong() | 1) + "-00";
    }

    private static Map<String, Object> headers(Publication publication, long sequence) {
        Map<String, Object> headers = new HashMap<>(publication.headers());
        headers.put(SESSION, publication.session());
        headers.put(PUBLISH, sequence);
        headers.computeIfAbsent(TRACE, missing -> startedTrace());
        String user = publication.user();
        if (user == null) {
            headers.remove(USER);
        } else {
            headers.put(USER, user);
        }
        return headers;
    }
}
