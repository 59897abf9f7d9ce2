package io.sluice.bench.server;

import io.sluice.bench.client.Dialect;
import io.sluice.bench.client.Endpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The gateway of {@code bench/node}: what one writes with {@code ws} and {@code amqplib}. Its packages are fetched by npm. */
final class NodeServer {

    private static final Path SOURCE = Path.of("bench/node");
    private static final Path INSTALLED = Path.of("bench/target/node");
    private static final int INSTALL_SECONDS = 120;

    private NodeServer() {}

    /** @throws IOException where there is no Node, or no registry that npm can reach */
    static Server start(Broker broker) throws IOException {
        if (!Files.isDirectory(INSTALLED.resolve("node_modules/ws"))) {
            install();
        }
        Files.copy(SOURCE.resolve("gateway.js"), INSTALLED.resolve("gateway.js"), StandardCopyOption.REPLACE_EXISTING);
        Spawned spawned = Spawned.start(
                "node ready", List.of("node", INSTALLED.resolve("gateway.js").toString(), broker.uri()), Map.of());
        return new Server(
                spawned.process(),
                Endpoint.plain(Integer.parseInt(spawned.word(2)), Dialect.node()),
                new AmqpPublisher(broker),
                -1,
                spawned);
    }

    private static void install() throws IOException {
        Files.createDirectories(INSTALLED);
        Files.copy(
                SOURCE.resolve("package.json"), INSTALLED.resolve("package.json"), StandardCopyOption.REPLACE_EXISTING);
        Process npm = new ProcessBuilder("npm", "install", "--no-audit", "--no-fund", "--no-package-lock")
                .directory(INSTALLED.toFile())
                .redirectErrorStream(true)
                .redirectOutput(INSTALLED.resolve("npm.log").toFile())
                .start();
        try {
            if (!npm.waitFor(INSTALL_SECONDS, TimeUnit.SECONDS) || npm.exitValue() != 0) {
                npm.destroyForcibly();
                throw new IOException("npm install failed: "
                        + Files.readString(INSTALLED.resolve("npm.log"), StandardCharsets.UTF_8)
                                .strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
