package io.sluice.gateway.admin;

import io.sluice.gateway.metrics.Meters;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What back ends want of all nodes: {@code {"op":"disconnect","principal":"alice"}}, with an {@code issuer} where subjects of several
 * may be the same, or {@code {"op":"disconnect","session":"…"}}. Whatever else comes is dropped, and told once.
 */
public final class ControlMessages implements Consumer<byte[]> {

    private static final Logger LOG = LoggerFactory.getLogger(ControlMessages.class);

    private static final int MOST_BYTES = 16 << 10;

    private final Disconnects disconnects;
    private final Meters meters;
    private final AtomicBoolean told = new AtomicBoolean();

    public ControlMessages(Disconnects disconnects, Meters meters) {
        this.disconnects = disconnects;
        this.meters = meters;
    }

    /** Any thread; never blocks. */
    @Override
    public void accept(byte[] body) {
        JsonNode message = body.length > MOST_BYTES ? null : parsed(body);
        String op = message == null ? null : text(message, "op");
        String principal = message == null ? null : text(message, "principal");
        String session = message == null ? null : text(message, "session");
        if (message == null || !"disconnect".equals(op) || (principal == null) == (session == null)) {
            refuse();
        } else if (principal != null) {
            meters.control("disconnect");
            LOG.info("a back end disconnects the principal {}", principal);
            var unused = disconnects.principal(principal, text(message, "issuer"));
        } else if (session != null) {
            meters.control("disconnect");
            LOG.info("a back end disconnects the session {}", session);
            var unused = disconnects.session(session);
        }
    }

    private void refuse() {
        meters.control("refused");
        if (told.compareAndSet(false, true)) {
            LOG.warn("a control message was dropped: write {\"op\":\"disconnect\",\"principal\":SUBJECT} or"
                    + " {\"op\":\"disconnect\",\"session\":ID}. More of them are counted, and not told");
        }
    }

    private static @Nullable JsonNode parsed(byte[] body) {
        try {
            JsonNode message = JsonMapper.shared().readTree(body);
            return message.isObject() ? message : null;
        } catch (JacksonException noJson) {
            return null;
        }
    }

    private static @Nullable String text(JsonNode message, String field) {
        JsonNode value = message.path(field);
        return value.isString() && !value.asString().isEmpty() ? value.asString() : null;
    }
}
