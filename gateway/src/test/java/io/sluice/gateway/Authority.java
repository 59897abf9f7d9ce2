package io.sluice.gateway;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A certificate authority of one test, and what it signs. */
public final class Authority {

    private final X509Bundle root;

    public Authority() {
        root = built(builder -> builder.subject("CN=Authority of a test").setIsCertificateAuthority(true), null);
    }

    /** A server's certificate for these names, good for an hour. */
    public X509Bundle server(String... names) {
        return sign(builder -> {
            for (String name : names) {
                if (name.matches("[0-9.]+")) {
                    builder.addSanIpAddress(name);
                } else {
                    builder.addSanDnsName(name);
                }
            }
            return builder.subject("CN=" + names[0]);
        });
    }

    /** A certificate as {@code form} makes it, good for an hour if that says nothing else. */
    public X509Bundle sign(UnaryOperator<CertificateBuilder> form) {
        return built(form, root);
    }

    /** A server's certificate that was good until ten minutes ago. */
    public X509Bundle expired(String name) {
        Instant now = Instant.now();
        return sign(builder -> builder.subject("CN=" + name)
                .addSanDnsName(name)
                .notBefore(now.minusSeconds(900))
                .notAfter(now.minusSeconds(600)));
    }

    /** On localhost, with an {@link #expired} certificate; it ends connections behind their handshake, and itself when it is closed. */
    ServerSocket expiredServer() throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(expired("localhost").toKeyManagerFactory().getKeyManagers(), null, null);
        ServerSocket server =
                context.getServerSocketFactory().createServerSocket(0, 2, InetAddress.getByName("localhost"));
        new Thread(() -> handshakes(server), "expired").start();
        return server;
    }

    private static void handshakes(ServerSocket port) {
        while (!port.isClosed()) {
            try (SSLSocket socket = (SSLSocket) port.accept()) {
                socket.startHandshake();
            } catch (IOException refusedOrClosed) {
                // Both are what is waited for.
            }
        }
    }

    /** Trusts what this authority signs; shows {@code own}, if that is not null. */
    public SSLContext client(@Nullable X509Bundle own) {
        try {
            KeyManager @Nullable [] keys =
                    own == null ? null : own.toKeyManagerFactory().getKeyManagers();
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, root.toTrustManagerFactory().getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Its own certificate as a PEM file in {@code directory}. */
    public Path certificate(Path directory) {
        return write(directory.resolve("ca.pem"), root.getRootCertificatePEM());
    }

    /** {@code {certificate: …, key: …}} with files in {@code directory} called {@code name}, readable by their owner alone. */
    public static String files(X509Bundle bundle, Path directory, String name) {
        Path certificate = write(directory.resolve(name + ".crt"), bundle.getCertificatePathPEM());
        Path key = write(directory.resolve(name + ".key"), bundle.getPrivateKeyPEM());
        return "certificate: \"" + certificate + "\", key: \"" + key + "\"";
    }

    /** Replaces a file at once, as an operator's tool does it. */
    public static Path write(Path file, String content) {
        try {
            Path next = Files.writeString(file.resolveSibling(file.getFileName() + ".next"), content);
            next.toFile().setReadable(false, false);
            next.toFile().setReadable(true, true);
            return Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static X509Bundle built(UnaryOperator<CertificateBuilder> form, @Nullable X509Bundle issuer) {
        try {
            CertificateBuilder builder = form.apply(new CertificateBuilder()
                    .ecp256()
                    .notBefore(Instant.now().minusSeconds(3600))
                    .notAfter(Instant.now().plusSeconds(3600)));
            return issuer == null ? builder.buildSelfSigned() : builder.buildIssuedBy(issuer);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
