package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import io.netty.pkitesting.X509Bundle;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code sluice check} finds out before somebody else does. */
@Timeout(120)
final class CheckTest {

    private static final TestBroker BROKER = OwnBroker.running();

    @TempDir
    private Path directory;

    @BeforeAll
    static void aUserThatMayPublishSomewhereOnly() {
        BROKER.ctl("add_user", "check", "check");
        BROKER.ctl("set_permissions", "check", "^amq\\.gen.*", "^(amq\\.gen.*|amq\\.topic)$", ".*");
        BROKER.ctl("set_topic_permissions", "check", "amq.topic", "^allowed\\.", ".*");
    }

    @Test
    void aPublishThatTheBrokerWouldForbidIsFoundAndNothingIsPublished() throws Exception {
        try (BackEnd backEnd = BackEnd.connect(BROKER.uri()).listen("amq.topic", "#")) {
            List<String> findings = check("check", """
                    topics:
                      - {match: "allowed.#"}
                      - {match: "chat.#"}
                      - {match: "other.#", exchange: amq.direct}
                    permissions:
                      - {subscribe: ["#"], publish: ["allowed.*", "chat.{sub}.#"], request: ["other.a"]}
                    """).findings();

            assertThat(findings).hasSize(2);
            assertThat(findings.get(0))
                    .startsWith("topics[1] chat.#: Nothing may be published to the exchange 'amq.topic'")
                    .contains("'chat.sluice-check.sluice-check'", "grant");
            assertThat(findings.get(1)).startsWith("topics[2] other.#: ").contains("amq.direct");
            backEnd.publish("check.witness", "only this");
            assertThat(backEnd.nextBody()).isEqualTo("only this");
        }
    }

    @Test
    void aStreamWithOtherRetentionIsToldWithHowToChangeIt() throws Exception {
        try (BackEnd backEnd = BackEnd.connect(BROKER.uri())) {
            Channel channel = backEnd.channel();
            channel.queueDeclare(
                    "check-stream", true, false, false, Map.of("x-queue-type", "stream", "x-max-age", "7s"));
            try {
                List<String> findings = check("guest", """
                        topics: [{match: "#", history: {stream: check-stream, maxAge: 1h, maxBytes: 1GiB}}]
                        permissions: [{subscribe: ["#"]}]
                        """).findings();

                assertThat(findings)
                        .singleElement()
                        .asString()
                        .startsWith("topics[0] #: The stream 'check-stream' is there with other retention")
                        .contains("rabbitmqctl set_policy", "\"max-age\":\"3600s\"", "\"max-length-bytes\":1073741824");
            } finally {
                channel.queueDelete("check-stream");
            }
        }
    }

    @Test
    void exchangesForControlAndEventsThatAreMissingAreFound() throws Exception {
        List<String> findings =
                BrokerCheck.of(Node.configuration(BROKER, """
                amqp: {uris: ["${AMQP}"], control: no-control, events: no-events}
                """ + Node.OPEN)).findings();

        assertThat(findings).hasSize(2);
        assertThat(findings.get(0)).startsWith("broker: amqp.control: ").contains("no-control", "Create it");
        assertThat(findings.get(1)).isEqualTo("amqp.events: The exchange 'no-events' does not exist: create it.");
    }

    @Test
    void aBrokerThatIsNoLongerMaintainedIsAdviceAndNoFinding() throws Exception {
        BrokerCheck.Result result = BrokerCheck.of(Node.configuration(BROKER, Node.OPEN));

        assertThat(result.findings()).isEmpty();
        assertThat(result.advice()).allMatch(advice -> advice.contains("RabbitMQ 4"));
    }

    @Test
    void limitsOfTheMachineThatAreTooLowAreToldWithTheCommandThatRaisesThem() throws IOException {
        set("net/core/somaxconn", "128");
        set("net/netfilter/nf_conntrack_max", "65536");
        set("fs/nr_open", "1048576");
        Configuration configuration = Node.configuration(BROKER, Node.OPEN);

        List<String> advice = new MachineCheck(directory, 1024).advice(configuration);

        assertThat(advice).hasSize(3);
        assertThat(advice.get(0)).contains("100000", "1024 file descriptors", "ulimit -n 101000");
        assertThat(advice.get(1))
                .startsWith("net.core.somaxconn is 128: ")
                .endsWith("sysctl -w net.core.somaxconn=4096");
        assertThat(advice.get(2)).endsWith("sysctl -w net.netfilter.nf_conntrack_max=200000");
    }

    @Test
    void aKernelSettingIsReadWhole() throws Exception {
        Path setting = Path.of("/proc/sys/fs/nr_open");
        assumeThat(setting).exists();
        Process cat = new ProcessBuilder("cat", setting.toString()).start();
        String told = new String(cat.getInputStream().readAllBytes(), UTF_8).strip();

        assertThat(MachineCheck.ofThisOne().value("fs.nr_open")).hasValue(Long.parseLong(told));
    }

    @Test
    void aBrokerThatTakesNoPublishesIsTold() throws Exception {
        BROKER.memoryAlarm(true);
        try {
            await().until(() -> BROKER.ctl("eval", "rabbit_alarm:get_alarms().").contains("memory"));
            List<String> findings = check("guest", """
                    topics: [{match: "#"}]
                    permissions: [{subscribe: ["#"], publish: ["#"]}]
                    """).findings();

            assertThat(findings)
                    .singleElement()
                    .asString()
                    .startsWith("broker: it accepts no publishes now: ")
                    .contains("memory", "rabbitmq-diagnostics alarms");
        } finally {
            BROKER.memoryAlarm(false);
        }
    }

    @Test
    void aCertificateThatServeWouldRefuseIsAFindingAndOneThatEndsSoonIsAdvice() throws IOException {
        Authority authority = new Authority();
        Instant now = Instant.now();
        Configuration soon = listening(authority.server("localhost"));
        assertThat(CertificateCheck.of(soon, now).findings()).isEmpty();
        assertThat(CertificateCheck.of(soon, now).advice())
                .singleElement()
                .asString()
                .startsWith("listener 127.0.0.1:0: its certificate expires on ");

        Configuration expired = listening(authority.sign(builder ->
                builder.subject("CN=old").notBefore(now.minusSeconds(900)).notAfter(now.minusSeconds(600))));
        assertThat(CertificateCheck.of(expired, now).findings())
                .singleElement()
                .asString()
                .startsWith("listener 127.0.0.1:0: tls: ")
                .contains("expired on ", "renew it");
    }

    @Test
    void whatIsMissingForTheBrokerItselfSaysWhatToDo() throws Exception {
        String elsewhere = BROKER.uri("guest", "guest").replace("/%2f", "/nowhere");
        assertThat(broker(elsewhere))
                .startsWith("broker: ")
                .contains("vhost nowhere not found. Create it (rabbitmqctl add_vhost)");
        BROKER.ctl("add_vhost", "closed");
        assertThat(broker(elsewhere.replace("nowhere", "closed").replace("guest:guest", "check:check")))
                .contains("Give the user permissions in it");
        assertThat(broker(BROKER.uri().replace("amqp:", "amqps:"))).contains("That port speaks no TLS");
    }

    @Test
    void rightsThatALiveQueueLacksAreNamed() throws Exception {
        BROKER.ctl("add_user", "check-poor", "check-poor");
        BROKER.ctl("set_permissions", "check-poor", "^$", "^$", "^$");

        assertThat(check("check-poor", "topics: [{match: \"#\"}]\npermissions: [{subscribe: [\"#\"]}]\n")
                        .findings())
                .singleElement()
                .asString()
                .contains("Grant the broker's user configure, write and read on amq.gen-*, and read on the exchange.");
    }

    @Test
    void aMachineWithRoomAndOneThatTellsNothingGetNoAdvice() throws IOException {
        Configuration configuration = Node.configuration(BROKER, Node.OPEN);
        assertThat(new MachineCheck(directory, -1).advice(configuration)).isEmpty();
        set("net/core/somaxconn", "4096");
        set("net/netfilter/nf_conntrack_max", "200000");
        assertThat(new MachineCheck(directory, 101_000).advice(configuration)).isEmpty();
    }

    private Configuration listening(X509Bundle certificate) {
        Path crt = Authority.write(directory.resolve("tls.crt"), certificate.getCertificatePathPEM());
        Path key = Authority.write(directory.resolve("tls.key"), certificate.getPrivateKeyPEM());
        assertThat(key.toFile().setReadable(false, false) && key.toFile().setReadable(true, true))
                .isTrue();
        return Node.configuration(
                BROKER,
                "listeners: [{host: 127.0.0.1, port: 0, tls: {certificate: \"%s\", key: \"%s\"}}]\n".formatted(crt, key)
                        + Node.OPEN);
    }

    private static String broker(String uri) throws InterruptedException {
        return BrokerCheck.of(Node.configuration(BROKER, "amqp: {uris: [\"" + uri + "\"]}\n" + Node.OPEN))
                .findings()
                .get(0);
    }

    private BrokerCheck.Result check(String user, String yaml) throws InterruptedException {
        return BrokerCheck.of(Node.configuration(
                BROKER,
                "amqp: {uris: [\"" + BROKER.uri(user, user)
                        + "\"]}\ninsecure: true\nauthentication: {anonymous: true}\n" + yaml));
    }

    private void set(String setting, String value) throws IOException {
        Path file = directory.resolve(setting);
        Files.createDirectories(file.getParent());
        Files.writeString(file, value + "\n");
    }
}
