package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.netty.pkitesting.X509Bundle;
import io.sluice.bridge.amqp.TestBroker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Somebody starts {@code bin/sluice serve} for the first time, and something is broken: the first line that is printed, on whichever of
 * the two outputs, says what is wrong and what to do.
 */
@Timeout(180)
final class StrangerTest {

    private static final TestBroker BROKER = OwnBroker.running();
    private static final Authority AUTHORITY = new Authority();
    private static final String PORTS =
            "listeners: [{host: 127.0.0.1, port: 0}]\noperations: {host: 127.0.0.1, port: 0}\n";

    /** Not under {@code /tmp}, where one of the tests fills the disk. */
    static final class OnThisDisk implements TempDirFactory {
        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context) throws IOException {
            return Files.createTempDirectory(Path.of("target").toAbsolutePath(), "stranger");
        }
    }

    private static Distribution distribution;

    @TempDir(factory = OnThisDisk.class)
    private Path directory;

    private @Nullable Process serve;

    @BeforeAll
    static void build(@TempDir(factory = OnThisDisk.class) Path home) throws IOException {
        distribution = Distribution.in(home);
    }

    @AfterEach
    void end() {
        if (serve != null) {
            serve.destroyForcibly();
        }
    }

    @Test
    void aWrongPassword() throws Exception {
        assertThat(firstLine(PORTS + amqp(BROKER.uri("guest", "wrong-password"), "") + Node.OPEN))
                .endsWith(" refused the credentials: check user and password in amqp.uris.")
                .contains(" WARN ", "amqp://guest@")
                .doesNotContain("wrong-password");
    }

    @Test
    void nobodyWhereTheBrokerShouldBe() throws Exception {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
        }
        assertThat(firstLine(PORTS + amqp("amqp://127.0.0.1:" + nobody, "") + Node.OPEN))
                .endsWith("amqp://127.0.0.1:" + nobody + " does not take connections: is RabbitMQ running there?");
    }

    @Test
    void aMissingExchangeBesideARuleThatHasItsOwn() throws Exception {
        assertThat(firstLine(PORTS + amqp(BROKER.uri(), "") + """
                        insecure: true
                        authentication: {anonymous: true}
                        topics: [{match: "a.#", exchange: amq.topic}, {match: "b.#", exchange: markt}]
                        permissions: [{subscribe: ["#"]}]
                        """))
                .endsWith(
                        "rule b.# is unavailable: The exchange 'markt' does not exist: create it, or set declare: true on the rule.");
    }

    /** TLS ends before a word of AMQP, so it needs no broker. */
    @Test
    void anExpiredCertificateOfTheBroker() throws Exception {
        try (ServerSocket broker = AUTHORITY.expiredServer()) {
            String uri = "amqps://localhost:" + broker.getLocalPort();
            String ca = ", tls: {ca: \"" + AUTHORITY.certificate(directory) + "\"}";
            assertThat(firstLine(PORTS + amqp(uri, ca) + Node.OPEN))
                    .contains(uri, ": TLS failed: ")
                    .endsWith("The broker's certificate is out of its time: renew it.");
        }
    }

    @Test
    void anExpiredCertificateOfItsOwn() throws Exception {
        X509Bundle old = AUTHORITY.expired("localhost");
        assertThat(firstLine(tls(Authority.files(old, directory, "tls"))))
                .startsWith("sluice: listener 127.0.0.1:0: tls: " + directory.resolve("tls.crt") + " expired on ")
                .endsWith(": renew it.");
        assertThat(exitCode()).isEqualTo(1);
    }

    @Test
    void aCertificateThatIsNotThere() throws Exception {
        assertThat(firstLine(tls("certificate: none.crt, key: none.key")))
                .contains("none.crt\": create it, or name another.");
    }

    @Test
    void aKeyThatIsNone() throws Exception {
        String files = Authority.files(AUTHORITY.server("localhost"), directory, "tls");
        Authority.write(directory.resolve("tls.key"), "not a key");
        assertThat(firstLine(tls(files)))
                .endsWith(directory.resolve("tls.key")
                        + " has no private key: it must be a PEM file with BEGIN PRIVATE KEY in it.");
    }

    @Test
    void aKeyThatItMayNotRead() throws Exception {
        String files = Authority.files(AUTHORITY.server("localhost"), directory, "tls");
        assertThat(directory.resolve("tls.key").toFile().setReadable(false, false))
                .isTrue();
        // Root reads everything, unless it gives that up.
        List<String> before = Files.isReadable(directory.resolve("tls.key"))
                ? List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search")
                : List.of();
        assertThat(firstLine(tls(files), before))
                .contains(directory.resolve("tls.key").toString())
                .endsWith(" cannot be read: it must be a regular file that this user may read.");
    }

    @Test
    void aFullDiskOfTheBroker() throws Exception {
        BROKER.diskAlarm(true);
        try {
            await().atMost(Client.PATIENCE)
                    .until(() ->
                            BROKER.ctl("eval", "rabbit_alarm:get_alarms().").contains("disk"));
            assertThat(firstLine(PORTS + amqp(BROKER.uri(), "") + Node.OPEN))
                    .endsWith("the broker: it accepts no publishes now: low on disk."
                            + " Free what is short; rabbitmq-diagnostics alarms tells on which node.");
        } finally {
            BROKER.diskAlarm(false);
        }
    }

    /** {@code /tmp} is where a JVM and Netty write, unasked. */
    @Test
    void aFullDiskOfItsOwn() throws Exception {
        Path script = Files.writeString(directory.resolve("full"), """
                # What is under /tmp stays there, in case these sources are, but for what a JVM writes.
                mount --bind /tmp /mnt
                mount -t tmpfs -o size=64k,mode=1777 none /tmp
                for kept in /mnt/*/; do
                  name=$(basename "$kept")
                  case $name in hsperfdata_*) continue ;; esac
                  mkdir "/tmp/$name" && mount --bind "$kept" "/tmp/$name"
                done
                dd if=/dev/zero of=/tmp/full bs=1k count=64 2>/dev/null
                exec "$@"
                """);
        assumeThat(new ProcessBuilder("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt")
                        .start()
                        .waitFor())
                .as("who may not mount fills no disk")
                .isZero();
        assertThat(firstLine(
                        PORTS + amqp(BROKER.uri(), "") + Node.OPEN, List.of("unshare", "-m", "sh", script.toString())))
                .contains("Netty's native transport cannot be used", "No space left on device", "make room there");
    }

    @Test
    void aPortThatIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThat(firstLine("listeners: [{host: 127.0.0.1, port: " + port + "}]\n" + Node.OPEN))
                    .isEqualTo("sluice: Cannot listen on 127.0.0.1:" + port
                            + ": the port is in use. Choose another port, or stop what uses it.");
            assertThat(exitCode()).isEqualTo(1);
        }
    }

    @Test
    void aFileThatIsNotThere() throws Exception {
        Path none = directory.resolve("none.yaml");
        assertThat(firstLine(List.of(), none)).isEqualTo(none + ": There is no such file: create it, or name another.");
        assertThat(exitCode()).isEqualTo(2);
    }

    private int exitCode() throws InterruptedException {
        return Objects.requireNonNull(serve).waitFor();
    }

    private static String amqp(String uri, String more) {
        return "amqp: {uris: [\"" + uri + "\"]" + more + "}\n";
    }

    private static String tls(String files) {
        return "listeners: [{host: 127.0.0.1, port: 0, tls: {" + files + "}}]\n" + amqp(BROKER.uri(), "") + Node.OPEN;
    }

    private String firstLine(String yaml) throws Exception {
        return firstLine(yaml, List.of());
    }

    private String firstLine(String yaml, List<String> before) throws Exception {
        return firstLine(before, Files.writeString(directory.resolve("sluice.yaml"), yaml));
    }

    /** Of both outputs together, where {@code before} runs the command. */
    private String firstLine(List<String> before, Path file) throws Exception {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(distribution.command(), "serve", "--config", file.toString()));
        Path printed = directory.resolve("printed");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed.toFile());
        // At a terminal it is for people, and this is no terminal.
        builder.environment().put("SLUICE_LOG", "human");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("SLUICE_LOG", "human");
        Process started = builder.start();
        serve = started;
        await().atMost(60, TimeUnit.SECONDS)
                .until(() -> !started.isAlive() || Files.readString(printed).contains("\n"));
        return Files.readString(printed).lines().findFirst().orElse("nothing");
    }
}
