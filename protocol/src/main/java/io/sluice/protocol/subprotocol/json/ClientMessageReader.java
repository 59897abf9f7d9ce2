package io.sluice.protocol.subprotocol.json;

import static io.sluice.protocol.subprotocol.ErrorCode.BAD_REQUEST;
import static io.sluice.protocol.subprotocol.ErrorCode.TOO_LARGE;
import static io.sluice.protocol.subprotocol.ErrorCode.UNSUPPORTED;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.protocol.subprotocol.ClientMessage;
import io.sluice.protocol.subprotocol.ClientMessage.Ack;
import io.sluice.protocol.subprotocol.ClientMessage.Auth;
import io.sluice.protocol.subprotocol.ClientMessage.Nack;
import io.sluice.protocol.subprotocol.ClientMessage.Ping;
import io.sluice.protocol.subprotocol.ClientMessage.Publish;
import io.sluice.protocol.subprotocol.ClientMessage.Request;
import io.sluice.protocol.subprotocol.ClientMessage.Subscribe;
import io.sluice.protocol.subprotocol.ClientMessage.Unsubscribe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a {@link ClientMessage} of an {@link Envelope}: which fields each operation has, and what they may hold. */
final class ClientMessageReader {

    private static final String KEY_TOO_LONG = "Shorten `key` to at most 128 bytes.";
    private static final String REPLY_NEEDS_ID = "Give a request an `id`: its reply carries it.";

    private static final int MOST_TOPICS = 64;
    private static final int MOST_CREDIT = 1000;
    private static final int LONGEST_KEY_BYTES = 128;
    private static final long DEFAULT_TIMEOUT_MILLIS = 10_000;
    private static final long LONGEST_TIMEOUT_MILLIS = 60_000;

    /** Ten years: RabbitMQ closes the channel of a publish whose expiration is longer. */
    private static final long LONGEST_TTL_MILLIS = Duration.ofDays(3650).toMillis();

    private final Envelope envelope;
    private final @Nullable String id;

    static ClientMessage read(Envelope envelope) {
        String op = envelope.string(Field.OP);
        if (!envelope.refused()) {
            ClientMessage message = new ClientMessageReader(envelope).message(op);
            if (!envelope.refused()) {
                return message;
            }
        }
        return envelope.refusal();
    }

    private ClientMessageReader(Envelope envelope) {
        this.envelope = envelope;
        id = envelope.id();
    }

    private ClientMessage message(String op) {
        return switch (op) {
            case "publish" -> publish();
            case "ack" -> new Ack(id, tags());
            case "nack" -> new Nack(id, tags(), envelope.flag(Field.REQUEUE, true));
            case "request" -> request();
            case "subscribe" -> subscribe();
            case "unsubscribe" -> new Unsubscribe(id, topics());
            case "ping" -> new Ping(id);
            case "auth" -> new Auth(id, envelope.string(Field.TOKEN));
            default -> unsupported();
        };
    }

    private Publish publish() {
        return new Publish(
                id,
                envelope.string(Field.TOPIC),
                PayloadReader.read(envelope),
                key(),
                HeadersReader.read(envelope),
                envelope.integer(Field.TTL, 0, LONGEST_TTL_MILLIS, -1));
    }

    private ClientMessage request() {
        if (id == null) {
            envelope.refuse(BAD_REQUEST, REPLY_NEEDS_ID);
            return envelope.refusal();
        }
        return new Request(
                id,
                envelope.string(Field.TOPIC),
                PayloadReader.read(envelope),
                HeadersReader.read(envelope),
                envelope.integer(Field.TIMEOUT, 1, LONGEST_TIMEOUT_MILLIS, DEFAULT_TIMEOUT_MILLIS));
    }

    private Subscribe subscribe() {
        return new Subscribe(
                id, topics(), FromReader.read(envelope), (int) envelope.integer(Field.CREDIT, 1, MOST_CREDIT, 1));
    }

    /** The {@code topic}, or the {@code topics}. */
    private List<String> topics() {
        if (envelope.has(Field.TOPIC) && !envelope.has(Field.TOPICS)) {
            return List.of(envelope.string(Field.TOPIC));
        }
        List<String> topics = new ArrayList<>();
        JsonMembers elements = onlyArray(Field.TOPICS, Field.TOPIC);
        while (elements != null && elements.next()) {
            String topic = elements.value().text();
            if (topic == null || topics.size() == MOST_TOPICS) {
                envelope.refuse(Field.TOPICS);
                break;
            }
            topics.add(topic);
        }
        if (topics.isEmpty()) {
            envelope.refuse(Field.TOPICS);
        }
        return List.copyOf(topics);
    }

    /** The {@code tag}, or the {@code tags}: as many as the message holds. */
    private List<Long> tags() {
        if (envelope.has(Field.TAG) && !envelope.has(Field.TAGS)) {
            return List.of(envelope.integer(Field.TAG, 1, JsonValue.MAX_SAFE_INTEGER, -1));
        }
        List<Long> tags = new ArrayList<>();
        JsonMembers elements = onlyArray(Field.TAGS, Field.TAG);
        while (elements != null && elements.next()) {
            long tag = elements.value().safeInteger();
            if (tag < 1) {
                envelope.refuse(Field.TAGS);
                break;
            }
            tags.add(tag);
        }
        if (tags.isEmpty()) {
            envelope.refuse(Field.TAGS);
        }
        return List.copyOf(tags);
    }

    /** The elements of {@code array}; null where it is none, or {@code alternative} stands beside it. */
    private @Nullable JsonMembers onlyArray(Field array, Field alternative) {
        JsonValue value = envelope.field(array);
        return value != null && value.isArray() && !envelope.has(alternative) ? value.members() : null;
    }

    private @Nullable String key() {
        if (!envelope.has(Field.KEY)) {
            return null;
        }
        String key = envelope.string(Field.KEY);
        if (key.isEmpty()) {
            envelope.refuse(Field.KEY);
        }
        if (key.getBytes(UTF_8).length > LONGEST_KEY_BYTES) {
            envelope.refuse(TOO_LARGE, KEY_TOO_LONG);
        }
        return key;
    }

    private ClientMessage unsupported() {
        envelope.refuse(UNSUPPORTED, Field.OP.sentence());
        return envelope.refusal();
    }
}
