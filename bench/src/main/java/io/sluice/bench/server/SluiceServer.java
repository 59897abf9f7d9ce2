package io.sluice.bench.server;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.sluice.bench.client.Dialect;
import io.sluice.bench.client.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The distribution as it is, {@code sluice serve --config FILE}, with everything that a node of production does.
 *
 * @param overflow of its one rule, {@code #} on {@code amq.topic}
 * @param permission its one grant
 * @param certificate of {@code wss}; null for {@code ws}
 * @param jvm that runs it
 */
public record SluiceServer(
        String overflow, String permission, @Nullable SelfSigned certificate, Jvm jvm) {

    /** Everybody may subscribe to everything. */
    public static final SluiceServer DEFAULT = new SluiceServer("disconnect", "subscribe: [\"#\"]", null, Jvm.THIS);

    private static final Path COMMAND = Path.of("gateway/target/sluice/bin/sluice");

    public SluiceServer withOverflow(String policy) {
        return new SluiceServer(policy, permission, certificate, jvm);
    }

    public SluiceServer withPermission(String grant) {
        return new SluiceServer(overflow, grant, certificate, jvm);
    }

    public SluiceServer withTls(SelfSigned selfSigned) {
        return new SluiceServer(overflow, permission, selfSigned, jvm);
    }

    public SluiceServer withJvm(Jvm other) {
        return new SluiceServer(overflow, permission, certificate, other);
    }

    /** Starts it and returns when it is ready. */
    public Server start(Broker broker) throws IOException {
        Path file = Files.createTempFile("sluice-bench", ".yaml");
        // The server looks at it again while it runs.
        file.toFile().deleteOnExit();
        Files.writeString(file, configuration(broker));
        Spawned spawned = Spawned.start(
                "sluice ready",
                List.of(COMMAND.toString(), "serve", "--config", file.toString()),
                Map.of(
                        "JAVA_HOME",
                        jvm.home().toString(),
                        "SLUICE_JAVA_OPTS",
                        Stream.of(JvmOptions.ALL, jvm.options())
                                .flatMap(List::stream)
                                .collect(Collectors.joining(" "))));
        return new Server(
                spawned.process(),
                new Endpoint(port(spawned.word(2)), Dialect.sluice(), certificate == null ? null : trusting()),
                new AmqpPublisher(broker),
                port(spawned.word(4)),
                spawned);
    }

    private String configuration(Broker broker) {
        String tls = certificate == null
                ? ""
                : ", tls: {certificate: " + certificate.certificate() + ", key: " + certificate.key() + "}";
        return """
                listeners: [{host: 127.0.0.1, port: 0%s}]
                operations: {host: 127.0.0.1, port: 0}
                amqp: {uris: ["%s"]}
                insecure: true
                authentication: {anonymous: true}
                topics: [{match: "#", exchange: amq.topic, overflow: %s}]
                permissions: [{%s}]
                limits: {connectionsPerAddress: 100000, publishesPerSecond: 100000}
                """.formatted(tls, broker.uri(), overflow, permission);
    }

    private static SslContext trusting() throws IOException {
        return SslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm(null)
                .build();
    }

    private static int port(String address) {
        return Integer.parseInt(address.replaceAll(".*:", ""));
    }
}
