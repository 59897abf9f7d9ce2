package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.PublishOutcome;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** F15: the broker's user, its password and its rights are changed, before a node starts and beneath one that runs. */
@Timeout(90)
class CredentialsTest {

    /** Of both connections together: so many are refused before a test believes that nothing more is said. */
    private static final int ATTEMPTS = 8;

    private static TestBroker node;

    private TcpProxy proxy;
    private final Rules rules = Rules.none().live("a", "market").live("b", "other");

    @BeforeAll
    static void startNode() throws Exception {
        node = TestBroker.ofItsOwn();
        try (BackEnd backEnd = new BackEnd(node)) {
            backEnd.exchange("market").exchange("other");
        }
    }

    @AfterAll
    static void endNode() {
        node.close();
    }

    @BeforeEach
    void addUser() {
        proxy = TcpProxy.to(node.uri("nadia", "s3cret"));
        node.ctl("add_user", "nadia", "s3cret");
        node.ctl("set_permissions", "nadia", ".*", ".*", ".*");
    }

    @AfterEach
    void deleteUser() {
        proxy.close();
        node.ctl("delete_user", "nadia");
    }

    @Test
    void aNodeThatStartsWithAWrongPasswordSaysSoOnceWithoutItAndIsUpWhenItIsRight() {
        node.ctl("change_password", "nadia", "an0ther");
        AmqpSettings settings = settings();
        assertThat(settings.toString()).doesNotContain("s3cret");
        try (Bridge bridge = Bridge.starting(settings, rules)) {
            bridge.recorder.awaitPrefix("down");
            awaitAttempts(0);
            assertThat(bridge.recorder.events).hasSize(1);
            refusedOnceWithoutThePassword(bridge);
            node.ctl("change_password", "nadia", "s3cret");
            bridge.recorder.awaitEvent("up");
        }
    }

    @Test
    void aPasswordThatIsChangedBeneathARunningNodeIsMetAtTheNextConnectionSaidOnceAndHealsWhenItIsRightAgain()
            throws Exception {
        try (Bridge bridge = Bridge.up(settings(), rules)) {
            node.ctl("change_password", "nadia", "an0ther");
            // Who is in stays in.
            assertThat(bridge.publish(rules.get(0), "market", "a", "still").get())
                    .isEqualTo(PublishOutcome.CONFIRMED);
            int before = proxy.accepted();
            closeConnections();
            await().until(() -> !bridge.broker.state().connected());
            awaitAttempts(before);
            refusedOnceWithoutThePassword(bridge);
            assertThat(bridge.broker.state().reason()).contains("refused the credentials");
            assertThat(bridge.publish(rules.get(0), "market", "a", "x").get()).isEqualTo(PublishOutcome.NOT_SENT);

            node.ctl("change_password", "nadia", "s3cret");
            bridge.recorder.awaitCount("up", 2);
            bridge.recorder.awaitEvent("gap a BROKER -1");
            bridge.recorder.awaitEvent("gap b BROKER -1");
            assertThat(bridge.publish(rules.get(0), "market", "a", "again").get())
                    .isEqualTo(PublishOutcome.CONFIRMED);
            bridge.recorder.awaitEvent("delivery a again");
            assertThat(bridge.recorder.countPrefix("gap")).isEqualTo(2);
        }
    }

    @Test
    void aUserThatIsDeletedBeneathARunningNodeIsTheSame() {
        try (Bridge bridge = Bridge.up(settings(), rules)) {
            int before = proxy.accepted();
            node.ctl("delete_user", "nadia");
            closeConnections();
            await().until(() -> !bridge.broker.state().connected());
            awaitAttempts(before);
            refusedOnceWithoutThePassword(bridge);
            node.ctl("add_user", "nadia", "s3cret");
            node.ctl("set_permissions", "nadia", ".*", ".*", ".*");
            bridge.recorder.awaitCount("up", 2);
        }
    }

    @Test
    void aRuleThatMayNotBeReadIsUnavailableAndTheOthersGoOn() {
        node.ctl("set_permissions", "nadia", "^amq\\.gen.*", ".*", "^(amq\\.gen.*|market)$");
        try (Bridge bridge = Bridge.up(settings(), rules)) {
            assertThat(bridge.recorder.events)
                    .anyMatch(
                            event -> event.startsWith("unavailable b The live queue cannot be set up: ACCESS_REFUSED"));
            assertThat(bridge.broker.available(rules.get(0))).isTrue();
            // What could not be bound leaves no queue behind.
            assertThat(node.ctl("list_queues", "name").lines().filter(name -> name.startsWith("amq.gen")))
                    .hasSize(1);
        }
    }

    @Test
    void rightsThatAreTakenAwayMakeTheirRuleUnavailableAtTheNextCheckAndItIsBackWithAGapWhenTheyAre() throws Exception {
        try (Bridge bridge = Bridge.up(settings(), rules)) {
            node.ctl("set_permissions", "nadia", ".*", ".*", "^(amq\\.gen.*|market)$");
            bridge.recorder.awaitPrefix("unavailable b The live queue cannot be set up: ACCESS_REFUSED");
            assertThat(bridge.broker.available(rules.get(0))).isTrue();
            node.ctl("set_permissions", "nadia", ".*", ".*", ".*");
            bridge.recorder.awaitEvent("gap b BROKER -1");
            assertThat(bridge.publish(rules.get(1), "other", "b", "again").get())
                    .isEqualTo(PublishOutcome.CONFIRMED);
            bridge.recorder.awaitEvent("delivery b again");
            assertThat(bridge.recorder.countPrefix("gap")).isEqualTo(1);
            assertThat(bridge.recorder.countPrefix("unavailable")).isEqualTo(1);
            assertThat(bridge.recorder.countPrefix("down")).isZero();
        }
    }

    private AmqpSettings settings() {
        return AmqpSettings.of(List.of(proxy.uri()))
                .with(Bridge.QUICK.withRetry(Duration.ofMillis(20), Duration.ofMillis(100)));
    }

    private void awaitAttempts(int before) {
        await().until(() -> proxy.accepted() - before >= ATTEMPTS);
    }

    private static void refusedOnceWithoutThePassword(Bridge bridge) {
        assertThat(bridge.recorder.events)
                .filteredOn(event -> event.contains("refused the credentials"))
                .singleElement()
                .asString()
                .startsWith("down ")
                .contains("nadia@127.0.0.1", "check user and password in amqp.uris")
                .doesNotContain("s3cret");
    }

    private static void closeConnections() {
        node.ctl("close_all_connections", "maintenance");
    }
}
