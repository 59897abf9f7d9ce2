package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.amqp.TestBroker;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command line, but for the long-running commands once they run: exit codes, and what is printed where. */
@Timeout(120)
final class CommandsTest {

    private record Outcome(int exit, String out, String err) {}

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"serve", "check"})
    void aFileWithAMistakeIsExit2WithLineKeyAndTheNearestKey(String command) throws IOException {
        Path file = file("""
                origins: ["https://app.example.com"]
                limits:
                  mesageBytes: 64KiB
                drain: {delay: 5 parsecs}
                """);

        Outcome outcome = run(command, "--config", file.toString());

        assertThat(outcome.exit()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        List<String> problems = outcome.err().lines().toList();
        assertThat(problems).hasSize(2);
        assertThat(problems.get(0))
                .startsWith(file + ":3: limits.mesageBytes: ")
                .contains("messageBytes");
        assertThat(problems.get(1)).startsWith(file + ":4: drain.delay: ").contains("5 parsecs");
    }

    @Test
    void aMissingFileAndAnUnsetVariableAreExit2() throws IOException {
        Outcome missing =
                run("serve", "--config", directory.resolve("none.yaml").toString());
        assertThat(missing.exit()).isEqualTo(2);
        assertThat(missing.err()).contains("none.yaml: There is no such file");

        Path file = file("amqp: {uris: [\"${SLUICE_TEST_UNSET}\"]}\n");
        Outcome unset = run("serve", "--config", file.toString());
        assertThat(unset.exit()).isEqualTo(2);
        assertThat(unset.err()).contains(":1: amqp.uris[0]: ").contains("SLUICE_TEST_UNSET");
    }

    @Test
    void whatServeWouldOpenToTheWorldIsExit2() throws IOException {
        Outcome outcome =
                run("serve", "--config", file("topics: [{match: \"#\"}]\n").toString());

        assertThat(outcome.exit()).isEqualTo(2);
        assertThat(outcome.err())
                .contains("origins: ")
                .contains("permissions: ")
                .contains("authentication: ");
    }

    @Test
    void aPortThatIsTakenIsExit1AndSaysWhichOne() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Path file = file("listeners: [{host: 127.0.0.1, port: " + taken.getLocalPort() + "}]\n" + Node.OPEN);

            Outcome outcome = run("serve", "--config", file.toString());

            assertThat(outcome.exit()).isEqualTo(1);
            assertThat(outcome.err())
                    .startsWith("sluice: Cannot listen on 127.0.0.1:" + taken.getLocalPort())
                    .contains("Choose another port")
                    .doesNotContain("\tat ");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "203.0.113.7, no interface of this machine has that address: 0.0.0.0 is all that it has.",
        "no-such-host.invalid, this host name is not known. Name an address of this machine: 0.0.0.0 is all that it has.",
    })
    void anAddressThatIsNotOfThisMachineIsExit1AndSaysWhatIs(String host, String reason) throws IOException {
        Path file = file("listeners: [{host: " + host + ", port: 8080}]\n" + Node.OPEN);

        Outcome outcome = run("serve", "--config", file.toString());

        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(outcome.err()).isEqualTo("sluice: Cannot listen on " + host + ":8080: " + reason + "\n");
    }

    @Test
    void aCertificateThatCannotBeReadSaysWhichOne() throws IOException {
        Path file = file(
                "listeners: [{host: 127.0.0.1, port: 0, tls: {certificate: none.crt, key: none.key}}]\n" + Node.OPEN);

        Outcome outcome = run("serve", "--config", file.toString());

        assertThat(outcome.exit()).isIn(1, 2);
        assertThat(outcome.err()).contains("none.crt").doesNotContain("\tat ");
    }

    @Test
    void checkFindsNothingWhereNothingIsMissing() throws IOException {
        Outcome outcome = run("check", "--config", open("").toString());

        assertThat(outcome.out()).isEqualTo("sluice: nothing found\n");
        assertThat(outcome.exit()).isZero();
    }

    @Test
    void checkNamesEveryMissingExchange() throws IOException {
        Path file = file("""
                amqp: {uris: ["%s"]}
                insecure: true
                authentication: {anonymous: true}
                topics:
                  - {match: "a.#", exchange: check-missing-one}
                  - {match: "b.#", exchange: amq.topic}
                  - {match: "c.#", exchange: check-missing-two}
                permissions: [{subscribe: ["#"]}]
                """.formatted(TestBroker.shared().uri()));

        Outcome outcome = run("check", "--config", file.toString());

        assertThat(outcome.exit()).isEqualTo(1);
        List<String> lines = outcome.out().lines().toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0)).startsWith("topics[0] a.#: ").contains("check-missing-one", "declare: true");
        assertThat(lines.get(1)).startsWith("topics[2] c.#: ").contains("check-missing-two");
        assertThat(lines.get(2)).isEqualTo("sluice: findings: 2");
    }

    @Test
    void checkSaysWhyTheBrokerCannotBeUsed() throws IOException {
        String wrong = TestBroker.shared().uri("guest", "wrong-password");
        Outcome password = run(
                "check",
                "--config",
                file("amqp: {uris: [\"" + wrong + "\"]}\n" + Node.OPEN).toString());
        assertThat(password.exit()).isEqualTo(1);
        assertThat(password.out()).startsWith("broker: ").doesNotContain("wrong-password");

        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = silent.getLocalPort();
            silent.close();
            Outcome nobody = run(
                    "check",
                    "--config",
                    file("amqp: {uris: [\"amqp://127.0.0.1:" + port + "\"]}\n" + Node.OPEN)
                            .toString());
            assertThat(nobody.exit()).isEqualTo(1);
            assertThat(nobody.out()).contains("is RabbitMQ running there?");
        }
    }

    @Test
    void aMintedTokenIsLetIn() {
        Outcome minted = run(
                "token", "--secret", Node.SECRET, "--subject", "alice", "--claim", "iss=tests", "--claim", "roles=a,b");
        assertThat(minted.exit()).isZero();
        try (Node node = Node.start("""
                insecure: true
                authentication: {jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]}
                topics: [{match: "#"}]
                permissions: [{role: b, subscribe: ["only.b"]}]
                """);
                Client alice = node.dial().bearer(minted.out().strip()).open()) {
            assertThat(alice.expect("welcome").json().path("user").asString()).isEqualTo("alice");
            alice.subscribe("only.b");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'--secret short --subject a', --secret",
        "'--subject a', --secret",
        "'--secret 0123456789abcdef0123456789abcdef', --subject",
        "'--secret 0123456789abcdef0123456789abcdef --subject a --expires soon', --expires",
        "'--secret 0123456789abcdef0123456789abcdef --subject a --expires 0s', --expires",
    })
    void aTokenThatCannotBeMintedIsExit2AndSaysWhy(String arguments, String option) {
        Outcome outcome = run(("token " + arguments).split(" "));

        assertThat(outcome.exit()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains(option);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "serve", "dev", "check", "token"})
    void helpAndVersionAreEverywhere(String command) {
        Outcome help = run((command + " --help").strip().split(" "));
        assertThat(help.exit()).isZero();
        assertThat(help.out()).startsWith("Usage: sluice " + command).contains("--version");
        Outcome version = run((command + " --version").strip().split(" "));
        assertThat(version.exit()).isZero();
        assertThat(version.out()).startsWith("sluice ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "serv", "serve", "serve --confg x", "check", "dev --port many"})
    void aCommandThatIsNoneIsExit2AndSaysWhatThereIs(String arguments) {
        Outcome outcome = run(arguments.isEmpty() ? new String[0] : arguments.split(" "));

        assertThat(outcome.exit()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err().toLowerCase(Locale.ROOT)).contains("sluice").doesNotContain("\tat ");
    }

    private Path open(String more) throws IOException {
        return file("amqp: {uris: [\"" + TestBroker.shared().uri() + "\"]}\n" + Node.OPEN + more);
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(directory.resolve("sluice.yaml"), yaml);
    }

    private static Outcome run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = new CommandLine(new Main())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
        return new Outcome(exit, out.toString(), err.toString());
    }
}
