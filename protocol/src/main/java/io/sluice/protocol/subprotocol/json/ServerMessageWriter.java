package io.sluice.protocol.subprotocol.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.sluice.protocol.subprotocol.Body;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.subprotocol.ServerMessage.Blocked;
import io.sluice.protocol.subprotocol.ServerMessage.Failure;
import io.sluice.protocol.subprotocol.ServerMessage.Gap;
import io.sluice.protocol.subprotocol.ServerMessage.Goaway;
import io.sluice.protocol.subprotocol.ServerMessage.Message;
import io.sluice.protocol.subprotocol.ServerMessage.Ok;
import io.sluice.protocol.subprotocol.ServerMessage.Pong;
import io.sluice.protocol.subprotocol.ServerMessage.Position;
import io.sluice.protocol.subprotocol.ServerMessage.Reply;
import io.sluice.protocol.subprotocol.ServerMessage.Subscribed;
import io.sluice.protocol.subprotocol.ServerMessage.Unblocked;
import io.sluice.protocol.subprotocol.ServerMessage.Unsubscribed;
import io.sluice.protocol.subprotocol.ServerMessage.Welcome;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes one {@link ServerMessage} as the bytes of one JSON object. What a message does not have is left out. */
final class ServerMessageWriter {

    /** The last second that RFC 3339 can write. */
    private static final Instant LAST_TIME = Instant.parse("9999-12-31T23:59:59Z");

    private final ByteBuf out;

    ServerMessageWriter(ByteBuf out) {
        this.out = out;
    }

    void write(ServerMessage message) {
        if (message instanceof Message delivery) {
            message(delivery);
        } else if (message instanceof Ok ok) {
            ok(ok);
        } else if (message instanceof Failure failure) {
            failure(failure);
        } else if (message instanceof Position position) {
            op("position").field("topic", position.topic()).field("position", position.position());
        } else if (message instanceof Reply reply) {
            op("reply").id(reply.id()).body(reply.body());
        } else if (message instanceof Pong pong) {
            op("pong").id(pong.id());
        } else if (message instanceof Welcome welcome) {
            welcome(welcome);
        } else if (message instanceof Gap gap) {
            op("gap").field("topic", gap.topic()).field("reason", gap.reason().id());
            known("missed", gap.missed());
        } else if (message instanceof Unsubscribed ended) {
            op("unsubscribed")
                    .field("topic", ended.topic())
                    .field("code", ended.code().id());
        } else if (message instanceof Goaway goaway) {
            op("goaway")
                    .field("reconnect", goaway.reconnectMillis())
                    .field("reason", goaway.reason().id());
        } else if (message instanceof Blocked) {
            op("blocked");
        } else if (message instanceof Unblocked) {
            op("unblocked");
        }
        out.writeByte('}');
    }

    /** The payload stands last: what differs between receivers would stand before it. */
    private void message(Message message) {
        op("message").field("topic", message.topic()).field("position", message.position());
        if (message.tag() >= 0) {
            field("tag", message.tag()).field("redelivered", message.redelivered());
        }
        headers(message.headers());
        body(message.body());
    }

    private void ok(Ok ok) {
        op("ok").id(ok.id());
        subscriptions(ok.subscriptions());
        field("expires", time(ok.expires()));
        field("duplicate", ok.duplicate() ? true : null);
    }

    private void failure(Failure failure) {
        op("error").id(failure.id()).field("code", failure.code().id()).field("message", failure.sentence());
        field("topic", failure.topic()).field("outcome", failure.outcomeUnknown() ? "unknown" : null);
    }

    private void welcome(Welcome welcome) {
        op("welcome").field("session", welcome.session()).field("user", welcome.user());
        field("expires", time(welcome.expires())).field("protocol", NativeJson.NAME);
        raw(",\"limits\":{\"messageBytes\":").raw(Long.toString(welcome.messageBytes()));
        field("subscriptions", welcome.subscriptions()).field("publishesPerSecond", welcome.publishesPerSecond());
        out.writeByte('}');
    }

    private void subscriptions(List<Subscribed> subscriptions) {
        String before = ",\"subscriptions\":[";
        for (Subscribed subscription : subscriptions) {
            raw(before).raw("{\"topic\":").string(subscription.topic());
            field("position", subscription.position());
            field("recovered", subscription.recovered()).field("truncated", subscription.truncated());
            out.writeByte('}');
            before = ",";
        }
        if (!subscriptions.isEmpty()) {
            out.writeByte(']');
        }
    }

    private void headers(Map<String, Object> headers) {
        String before = ",\"headers\":{";
        for (Map.Entry<String, Object> header : headers.entrySet()) {
            raw(before).string(header.getKey()).raw(":").value(header.getValue());
            before = ",";
        }
        if (!headers.isEmpty()) {
            out.writeByte('}');
        }
    }

    /** AMQP has values that JSON has not: bytes are told in base64, what is no number as {@code null}. */
    private void value(Object value) {
        if (value instanceof String text) {
            string(text);
        } else if (value instanceof byte[] bytes) {
            string(Base64.getEncoder().encodeToString(bytes));
        } else if (value instanceof Boolean
                || (value instanceof Number number && Double.isFinite(number.doubleValue()))) {
            raw(value.toString());
        } else {
            raw("null");
        }
    }

    private ServerMessageWriter op(String op) {
        return raw("{\"op\":\"").raw(op).raw("\"");
    }

    /** A client's {@code id} is a token already. */
    private ServerMessageWriter id(@Nullable String token) {
        if (token != null) {
            raw(",\"id\":");
            out.writeCharSequence(token, UTF_8);
        }
        return this;
    }

    private ServerMessageWriter field(String name, @Nullable String value) {
        return value == null ? this : name(name).string(value);
    }

    private ServerMessageWriter field(String name, @Nullable Boolean value) {
        return value == null ? this : name(name).raw(value.toString());
    }

    private ServerMessageWriter field(String name, long value) {
        return name(name).raw(Long.toString(value));
    }

    /** A count that is -1 where it is not known. */
    private void known(String name, long count) {
        if (count >= 0) {
            field(name, count);
        }
    }

    private void body(Body body) {
        BodyWriter.write(body, out);
    }

    private ServerMessageWriter name(String name) {
        return raw(",\"").raw(name).raw("\":");
    }

    private ServerMessageWriter string(String text) {
        JsonString.write(text, out);
        return this;
    }

    private ServerMessageWriter raw(String ascii) {
        ByteBufUtil.writeAscii(out, ascii);
        return this;
    }

    private static @Nullable String time(@Nullable Instant time) {
        return time == null ? null : (time.isAfter(LAST_TIME) ? LAST_TIME : time).toString();
    }
}
