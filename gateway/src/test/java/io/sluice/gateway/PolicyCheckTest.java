package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.policy.Rules;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What policies of RabbitMQ, as {@code rabbitmqctl} prints them, would do to what the gateway declares. */
@Timeout(120)
final class PolicyCheckTest {

    private static final TestBroker BROKER = OwnBroker.running();

    @AfterEach
    void clear() {
        for (String name : new String[] {"short", "long", "kept"}) {
            BROKER.ctl("eval", "catch rabbit_policy:delete(<<\"/\">>, <<\"" + name + "\">>, <<\"tests\">>).");
        }
    }

    @Test
    void withoutPoliciesNothingIsFound() throws IOException {
        assertThat(check().findings()).isEmpty();
        assertThat(check().advice()).isEmpty();
    }

    @Test
    void aPolicyThatTakesMessagesFromTheGatewaysOwnQueuesIsAFinding() throws IOException {
        policy("short", "", "{\"max-length\":5,\"message-ttl\":1000}", "queues");

        assertThat(check().findings())
                .singleElement()
                .asString()
                .startsWith("policy short: It matches the gateways' own queues (amq.gen-*)")
                .contains("max-length 5 and message-ttl 1000", "give it a pattern");
    }

    @Test
    void onlyThePolicyThatIsInForceCounts() throws IOException {
        policy("short", "", "{\"max-length\":5}", "queues");
        policy(
                "kept",
                "^amq\\.gen-",
                "{\"max-length-bytes\":1000000000000,\"overflow\":\"drop-head\"}",
                "queues",
                "--priority",
                "3");
        assertThat(check().findings()).singleElement().asString().startsWith("policy kept");

        policy("kept", "^amq\\.gen-", "{\"overflow\":\"drop-head\"}", "queues", "--priority", "3");
        assertThat(check().findings()).isEmpty();
    }

    @Test
    void retentionAndWorkAreAdvice() throws IOException {
        policy("long", "^policy-stream$", "{\"max-age\":\"10s\"}", "queues");
        policy("short", "^policy-jobs$", "{\"message-ttl\":1000}", "queues");

        assertThat(check().findings()).isEmpty();
        assertThat(check().advice()).hasSize(2);
        assertThat(check().advice().get(0)).contains("policy long", "'policy-stream'", "topics[0]", "max-age 10s");
        assertThat(check().advice().get(1)).contains("policy short", "'policy-jobs'", "topics[1]", "message-ttl 1000");
    }

    @Test
    void whatTheManagementApiSaysIsUnderstoodToo() throws IOException {
        BrokerPolicies policies = BrokerPolicies.parse("""
                [{"vhost":"/","name":"short","pattern":"^amq","apply-to":"classic_queues","definition":{"expires":1000},"priority":0}]
                """.getBytes(UTF_8));

        assertThat(check(policies).findings()).singleElement().asString().contains("expires 1000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no json", "{}", "[{\"pattern\":\"(\"}]", "[{\"pattern\":\"a\",\"definition\":\"{\"}]"})
    void whatIsNoListOfPoliciesIsRefused(String text) {
        assertThatThrownBy(() -> BrokerPolicies.parse(text.getBytes(UTF_8))).isInstanceOf(IOException.class);
    }

    @Test
    void aMissingFileIsToldInASentence() {
        assertThatThrownBy(() -> BrokerPolicies.read(Path.of("no-such-file")))
                .isInstanceOf(IOException.class)
                .hasMessage("There is no such file.");
    }

    private static BrokerCheck.Result check() throws IOException {
        return check(BrokerPolicies.parse(
                BROKER.ctl("--silent", "list_policies", "--formatter", "json").getBytes(UTF_8)));
    }

    private static BrokerCheck.Result check(BrokerPolicies policies) {
        return PolicyCheck.of(
                policies, Rules.of(Node.configuration(BROKER, """
                        insecure: true
                        authentication: {anonymous: true}
                        topics:
                          - {match: "kept.#", history: {stream: policy-stream}}
                          - {match: "jobs", queue: policy-jobs}
                          - {match: "#"}
                        permissions: [{subscribe: ["#"]}]
                        """)).rules());
    }

    private static void policy(String name, String pattern, String definition, String kind, String... more) {
        String[] arguments = new String[6 + more.length];
        System.arraycopy(
                new String[] {"set_policy", name, pattern.isEmpty() ? "^" : pattern, definition, "--apply-to", kind},
                0,
                arguments,
                0,
                6);
        System.arraycopy(more, 0, arguments, 6, more.length);
        BROKER.ctl(arguments);
    }
}
