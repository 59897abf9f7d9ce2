package io.sluice.bridge.amqp;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.rabbitmq.RabbitMQContainer;
import org.testcontainers.utility.DockerImageName;

/** RabbitMQ in Docker. Its port on this host is fixed, so that it is the same after a restart. */
final class DockerBroker extends TestBroker {

    private static final DockerImageName IMAGE = DockerImageName.parse("rabbitmq:4");
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final int port = freePort();
    private final RabbitMQContainer container = new RabbitMQContainer(IMAGE);
    private boolean created;

    DockerBroker(List<String> configuration) {
        container.setPortBindings(List.of(port + ":5672"));
        container.withCopyToContainer(
                Transferable.of(String.join("\n", configuration) + "\n"), "/etc/rabbitmq/conf.d/90-test.conf");
    }

    /** Whether there is a Docker to talk to, without making a noise where there is none. */
    static boolean present() {
        @Nullable String host = System.getenv("DOCKER_HOST");
        return (host != null && !host.isBlank()) || Files.exists(Path.of("/var/run/docker.sock"));
    }

    @Override
    public String uri(String user, String password) {
        return "amqp://" + user + ":" + password + "@" + container.getHost() + ":" + port + "/%2f";
    }

    @Override
    public void start() {
        if (created) {
            container
                    .getDockerClient()
                    .startContainerCmd(container.getContainerId())
                    .exec();
        } else {
            container.start();
            created = true;
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (exec("rabbitmqctl", "await_startup").getExitCode() != 0) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("RabbitMQ in Docker did not start within " + PATIENCE);
            }
        }
    }

    @Override
    public void stop() {
        container.getDockerClient().stopContainerCmd(container.getContainerId()).exec();
    }

    @Override
    public void kill() {
        container.getDockerClient().killContainerCmd(container.getContainerId()).exec();
    }

    @Override
    public void pause() {
        container
                .getDockerClient()
                .pauseContainerCmd(container.getContainerId())
                .exec();
    }

    @Override
    public void resume() {
        container
                .getDockerClient()
                .unpauseContainerCmd(container.getContainerId())
                .exec();
    }

    @Override
    public String ctl(String... arguments) {
        ExecResult result = exec(
                Stream.concat(Stream.of("rabbitmqctl"), Stream.of(arguments)).toArray(String[]::new));
        if (result.getExitCode() != 0) {
            throw new IllegalStateException("rabbitmqctl " + String.join(" ", arguments) + ": " + result.getStderr());
        }
        return result.getStdout();
    }

    @Override
    public void close() {
        container.stop();
    }

    private ExecResult exec(String... command) {
        try {
            return container.execInContainer(command);
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
