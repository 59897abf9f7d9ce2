package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Closed;
import io.sluice.gateway.Client.Received;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code sluice serve} as a process, from its first line to its exit code. */
@Timeout(180)
final class ServeTest {

    @TempDir
    private Path directory;

    @Test
    void aSignalSendsTheSessionsAwayAndTheExitCodeIs0() throws Exception {
        try (ServeProcess serve = open("drain: {delay: 4s, window: 1s}\n").ready();
                Client first = serve.dial().open();
                Client second = serve.dial().open()) {
            first.expect("welcome");
            second.expect("welcome");
            first.subscribe("drain");

            serve.terminate();
            await().atMost(Client.PATIENCE)
                    .until(() -> serve.operations("/health/ready").contains("draining"));
            assertThat(serve.operations("/health/live")).isEqualTo("{\"status\":\"live\"}\n");
            try (Client late = serve.dial().open()) {
                late.expect("welcome");
                assertThat(late.ask("{\"op\":\"publish\",\"topic\":\"drain\",\"data\":1}")
                                .op())
                        .isEqualTo("ok");
                assertThat(first.expect("message").raw("data")).isEqualTo("1");
                for (Client client : List.of(first, second, late)) {
                    Received goaway = client.expect("goaway");
                    assertThat(goaway.json().path("reason").asString()).isEqualTo("drain");
                    assertThat(goaway.json().path("reconnect").asInt()).isPositive();
                    assertThat(client.closed()).isEqualTo(new Closed(1001, "going away"));
                }
            }
            assertThat(serve.exitCode()).isZero();
            assertThat(serve.out().lines()).hasSize(1);
            assertThat(serve.err()).doesNotContain("\tat ").doesNotContain("guest:guest");
        }
    }

    @Test
    void aSecondSignalIsQuick() throws Exception {
        try (ServeProcess serve = open("drain: {delay: 10m, window: 10m}\n").ready();
                Client client = serve.dial().open()) {
            client.expect("welcome");
            serve.terminate();
            await().atMost(Client.PATIENCE)
                    .until(() -> serve.operations("/health/ready").contains("draining"));
            client.expectNothing();

            serve.terminate();

            assertThat(client.closed()).isEqualTo(new Closed(1001, "going away"));
            assertThat(serve.exitCode()).isZero();
        }
    }

    @Test
    void anOperatorDrainsTheProcess() throws Exception {
        try (ServeProcess serve = open("drain: {delay: 0s, window: 0s}\n").ready();
                Client client = serve.dial().open()) {
            client.expect("welcome");

            assertThat(serve.drain()).isEqualTo(202);

            assertThat(client.closed()).isEqualTo(new Closed(1001, "going away"));
            assertThat(serve.exitCode()).isZero();
        }
    }

    @Test
    void withNoSessionsItEndsAtOnce() throws Exception {
        try (ServeProcess serve = open("drain: {delay: 10m, window: 10m}\n").ready()) {
            serve.terminate();

            assertThat(serve.exitCode()).isZero();
        }
    }

    @Test
    void aSignalBeforeTheBrokerWasThereEndsItToo() throws Exception {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
        }
        try (ServeProcess serve =
                ServeProcess.start(directory, "amqp: {uris: [\"amqp://127.0.0.1:" + nobody + "\"]}\n" + Node.OPEN)) {
            await().atMost(Client.PATIENCE).until(() -> serve.err().contains("is RabbitMQ running there?"));
            assertThat(serve.out()).isEmpty();

            serve.terminate();

            assertThat(serve.exitCode()).isZero();
        }
    }

    @Test
    void aMistakeInTheFileIsTheExitCodeOfTheProcess() throws Exception {
        try (ServeProcess serve = ServeProcess.start(directory, "limits: {mesageBytes: 1}\n")) {
            assertThat(serve.exitCode()).isEqualTo(2);
            assertThat(serve.err()).contains("messageBytes");
        }
    }

    @Test
    void aPortThatIsTakenIsTheFirstLineWhateverElseThereIsToSay() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServeProcess serve =
                        ServeProcess.startAsItIs(directory, """
                        listeners: [{host: 127.0.0.1, port: %d}]
                        limits: {connections: 10000000}
                        """.formatted(taken.getLocalPort()) + Node.OPEN)) {
            assertThat(serve.exitCode()).isEqualTo(1);
            assertThat(serve.err())
                    .isEqualTo(
                            "sluice: Cannot listen on 127.0.0.1:%d: the port is in use. Choose another port, or stop what uses it.\n"
                                    .formatted(taken.getLocalPort()));
        }
    }

    private ServeProcess open(String more) {
        return ServeProcess.start(
                directory, "amqp: {uris: [\"" + TestBroker.shared().uri() + "\"]}\n" + Node.OPEN + more);
    }
}
