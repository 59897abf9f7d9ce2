package io.sluice.gateway.config;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The broker, and the way to it.
 *
 * @param uris brokers of one cluster, tried in turn; may hold a password
 * @param tls for {@code amqps}; null: what the JVM trusts, and no certificate of our own
 * @param control exchange from which back ends disconnect users, on all nodes; empty for none
 * @param events exchange to which comings and goings of sessions are published; empty for none
 */
public record Amqp(
        List<String> uris, Duration heartbeat, @Nullable AmqpTls tls, String control, String events) {
    public static final Amqp DEFAULT =
            new Amqp(List.of("amqp://guest:guest@localhost:5672/%2f"), Duration.ofSeconds(10), null, "", "");

    public Amqp {
        uris = List.copyOf(uris);
    }

    @Override
    public String toString() {
        String shown = uris.stream().map(AmqpUri::redacted).collect(Collectors.joining(", "));
        return "Amqp[uris=[%s], heartbeat=%s, tls=%s, control=%s, events=%s]"
                .formatted(shown, heartbeat, tls, control, events);
    }

    /**
     * PEM files, as paths from the working directory.
     *
     * @param ca who signs the broker's certificate; null: those that the JVM trusts
     * @param certificate what the gateway shows to the broker; null: nothing
     */
    public record AmqpTls(@Nullable String ca, Tls.@Nullable Files certificate) {}
}
