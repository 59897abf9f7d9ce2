package io.sluice.bridge;

import io.sluice.bridge.topic.Route;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One message towards AMQP. Everything else that travels with it (timestamp, app-id, delivery mode, {@code x-sluice-publish}) is the
 * bridge's.
 *
 * @param route where it goes
 * @param lane what keeps order: publications of the same value never overtake each other; the session's hash
 * @param body given to the bridge, not to be written to afterwards
 * @param messageId the client's key; null: one is generated
 * @param user {@code x-sluice-user}; null for an anonymous session
 * @param session {@code x-sluice-session}
 * @param headers the client's headers, checked: String, Long, Double or Boolean
 * @param ttlMillis {@code expiration}; -1 for none
 */
public record Publication(
        Route route,
        int lane,
        byte[] body,
        String contentType,
        @Nullable String messageId,
        @Nullable String user,
        String session,
        Map<String, Object> headers,
        long ttlMillis) {}
