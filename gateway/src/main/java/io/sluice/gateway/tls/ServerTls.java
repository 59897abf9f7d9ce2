package io.sluice.gateway.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.sluice.gateway.config.Tls;
import io.sluice.gateway.config.Tls.ClientCertificate;
import io.sluice.gateway.config.Tls.Sni;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The TLS of one listener: 1.2 and 1.3, by BoringSSL where its native library is at hand, by the JDK elsewhere. Which certificate a
 * client is shown is chosen by the name it asks for; {@link #apply} changes that for the connections to come, and none that stands
 * notices. Any thread.
 */
public final class ServerTls {

    /** A larger ClientHello is refused; with every extension in use one has two or three thousand. */
    private static final int CLIENT_HELLO_BYTES = 16 << 10;

    private static final Duration LONGEST_HANDSHAKE = Duration.ofSeconds(5);

    private volatile long handshakeMillis;
    private volatile Contexts contexts;

    /** What is shown for which name, and until when all of it is good. */
    private record Contexts(SslContext fallback, Map<String, SslContext> byHost, Instant expires) {

        SslContext of(@Nullable String host) {
            if (host == null) {
                return fallback;
            }
            SslContext exact = byHost.get(host);
            int dot = host.indexOf('.');
            SslContext wildcard = exact != null || dot < 0 ? null : byHost.get("*" + host.substring(dot));
            return exact != null ? exact : wildcard != null ? wildcard : fallback;
        }
    }

    /**
     * Reads the files; blocks.
     *
     * @param handshakeTimeout of TLS and HTTP together; TLS has half of it, and five seconds at most
     * @throws IOException with a sentence that names the file and what is wrong with it
     */
    public ServerTls(Tls tls, Duration handshakeTimeout) throws IOException {
        handshakeMillis = handshakeMillis(handshakeTimeout);
        contexts = contexts(tls, Instant.now());
    }

    /** As the constructor's; for the connections to come. */
    public void handshakeTimeout(Duration other) {
        handshakeMillis = handshakeMillis(other);
    }

    /** Reads the files anew; blocks. If this fails nothing has changed. */
    public void apply(Tls tls) throws IOException {
        contexts = contexts(tls, Instant.now());
    }

    /** When the first of its certificates is no longer good. */
    public Instant expires() {
        return contexts.expires;
    }

    /** To be the first of a new connection's handlers, or the one behind a proxy's header. */
    public ChannelHandler handler() {
        return new ClientHello(contexts, handshakeMillis);
    }

    /** Every file that {@code tls} names. */
    public static List<String> files(Tls tls) {
        List<String> files = new ArrayList<>(
                List.of(tls.certificate().certificate(), tls.certificate().key()));
        for (Sni sni : tls.sni()) {
            files.add(sni.certificate().certificate());
            files.add(sni.certificate().key());
        }
        if (tls.clientCa() != null) {
            files.add(tls.clientCa());
        }
        return files;
    }

    private static long handshakeMillis(Duration handshakeTimeout) {
        return Math.max(1, Math.min(LONGEST_HANDSHAKE.toMillis(), handshakeTimeout.toMillis() / 2));
    }

    private static Contexts contexts(Tls tls, Instant now) throws IOException {
        List<X509Certificate> clientCa = tls.clientCa() == null ? List.of() : Pem.certificates(tls.clientCa());
        Credentials fallback = Credentials.read(tls.certificate(), now);
        Instant expires = fallback.expires();
        Map<String, SslContext> byHost = new HashMap<>();
        for (Sni sni : tls.sni()) {
            Credentials credentials = Credentials.read(sni.certificate(), now);
            expires = credentials.expires().isBefore(expires) ? credentials.expires() : expires;
            byHost.put(sni.host(), context(credentials, clientCa, tls.clientCertificate()));
        }
        return new Contexts(context(fallback, clientCa, tls.clientCertificate()), Map.copyOf(byHost), expires);
    }

    private static SslContext context(
            Credentials credentials, List<X509Certificate> clientCa, ClientCertificate clientCertificate)
            throws IOException {
        SslContextBuilder builder = SslContextBuilder.forServer(credentials.key(), credentials.chain())
                .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                .protocols("TLSv1.3", "TLSv1.2")
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_1_1));
        if (!clientCa.isEmpty()) {
            builder.trustManager(clientCa)
                    .clientAuth(
                            clientCertificate == ClientCertificate.REQUIRED ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
        }
        try {
            return builder.build();
        } catch (IllegalArgumentException unusable) {
            throw new IOException("TLS cannot be set up: " + unusable.getMessage(), unusable);
        }
    }

    /** Looks at the first message of a client, which says the name, and becomes the TLS that this name has. */
    private static final class ClientHello extends SniHandler {

        private final long millis;

        ClientHello(Contexts contexts, long millis) {
            super(contexts::of, CLIENT_HELLO_BYTES, millis);
            this.millis = millis;
        }

        @Override
        protected SslHandler newSslHandler(SslContext context, ByteBufAllocator allocator) {
            SslHandler handler = super.newSslHandler(context, allocator);
            handler.setHandshakeTimeoutMillis(millis);
            return handler;
        }
    }
}
