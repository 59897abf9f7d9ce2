package io.sluice.gateway.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class PrivateRabbitTest {

    @Test
    void itHasStreamsAndNothingOfItIsLeftWhenItIsClosed() throws Exception {
        Path directory;
        ConnectionFactory factory = new ConnectionFactory();
        try (PrivateRabbit rabbit = PrivateRabbit.start()) {
            directory = rabbit.directory();
            factory.setUri(rabbit.uri());
            try (Connection connection = factory.newConnection()) {
                assertThat(connection.getServerProperties().get("product")).hasToString("RabbitMQ");
                Channel channel = connection.createChannel();
                channel.queueDeclare("past", true, false, false, Map.of("x-queue-type", "stream"));
            }
            assertThat(processesNaming(directory)).isNotEmpty();
        }
        await().until(() -> processesNaming(directory).isEmpty() && !Files.exists(directory));
        assertThat(org.assertj.core.api.Assertions.catchThrowable(factory::newConnection))
                .isInstanceOf(ConnectException.class);
    }

    /** The JVM that started it is killed, so nothing of it can clean up. */
    @Test
    void itGoesWithTheProcessThatStartedIt() throws Exception {
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Starter.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Path directory = Path.of(parent.inputReader()
                .lines()
                .filter(line -> line.startsWith("DIRECTORY "))
                .findFirst()
                .orElseThrow()
                .substring("DIRECTORY ".length()));
        assertThat(processesNaming(directory)).isNotEmpty();
        parent.destroyForcibly();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> processesNaming(directory).isEmpty() && !Files.exists(directory));
    }

    static final class Starter {
        public static void main(String[] arguments) throws InterruptedException {
            System.out.println("DIRECTORY " + PrivateRabbit.start().directory());
            Thread.currentThread().join();
        }
    }

    @Test
    void withoutARabbitMqServerItSaysWhatToDo(@TempDir Path empty) {
        assertThat(PrivateRabbit.scripts(empty, empty.toString())).isNull();
        assertThat(PrivateRabbit.scripts(empty.resolve("none"), "")).isNull();
    }

    /** Command lines and environments of the processes of this machine that name {@code directory}. */
    private static List<Path> processesNaming(Path directory) {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(process -> process.getFileName().toString().matches("\\d+"))
                    .filter(process -> names(process.resolve("cmdline"), directory)
                            || names(process.resolve("environ"), directory))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean names(Path file, Path directory) {
        try {
            return Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1)
                    .contains(directory.toString());
        } catch (IOException gone) {
            return false;
        }
    }
}
