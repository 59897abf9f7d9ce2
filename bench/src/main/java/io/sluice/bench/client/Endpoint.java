package io.sluice.bench.client;

import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

/**
 * Where clients connect, on 127.0.0.1.
 *
 * @param tls of {@code wss}; null for {@code ws}
 */
public record Endpoint(int port, Dialect dialect, @Nullable SslContext tls) {

    /** Without TLS. */
    public static Endpoint plain(int port, Dialect dialect) {
        return new Endpoint(port, dialect, null);
    }
}
