package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.amqp.TestBroker;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On a rule with {@code narrow: true} a subscription may be wider than the grants, and brings what they allow. */
@Timeout(120)
final class NarrowSubscriptionTest {

    private static Node node;
    private static BackEnd backEnd;

    @BeforeAll
    static void start() {
        node = Node.start("""
                origins: ["https://app.example.com"]
                authentication:
                  anonymous: true
                  jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]
                topics:
                  - {match: "strict.#", exchange: amq.topic}
                  - {match: "past.#", exchange: amq.topic, narrow: true,
                     history: {stream: narrow.past, maxAge: 1h, maxBytes: 8MiB, segmentBytes: 1MiB}}
                  - {match: "#", exchange: amq.topic, narrow: true}
                permissions:
                  - {subscribe: ["narrow.open.#", "past.open.*", "strict.a"]}
                  - {role: authenticated, subscribe: ["narrow.users.{sub}.*", "narrow.*.shared"]}
                  - {role: trader, subscribe: ["narrow.ticker.#"]}
                """);
        backEnd = BackEnd.connect(TestBroker.shared().uri());
    }

    @AfterAll
    static void stop() {
        backEnd.close();
        node.close();
    }

    @Test
    void onlyWhatSomeGrantAllowsIsDelivered() {
        try (Client alice = named(Jwt.of("alice"));
                Client bob = named(Jwt.of("bob"));
                Client anyone = node.connect()) {
            for (Client client : List.of(alice, bob, anyone)) {
                client.subscribe("narrow.#");
            }
            publish("narrow.users.alice.a", 1);
            publish("narrow.users.bob.a", 2);
            publish("narrow.users.alice.a.b", 3);
            publish("narrow.x.shared", 4);
            publish("narrow.ticker.eur", 5);
            publish("narrow", 6);
            publish("narrow.open.end", 7);

            assertReceives(alice, 1, 4, 7);
            assertReceives(bob, 2, 4, 7);
            assertReceives(anyone, 7);
        }
    }

    @Test
    void aSubscriptionThatIsGrantedAsAWholeAndOneThatIsNarrowedBringAMessageOnce() {
        try (Client alice = named(Jwt.of("alice"))) {
            alice.subscribe("narrow.open.#")
                    .subscribe("narrow.open.*")
                    .subscribe("narrow.*.*")
                    .subscribe("#");
            publish("narrow.open.once", 1);
            publish("narrow.closed.end", 2);
            publish("narrow.open.end", 3);

            assertReceives(alice, 1, 3);
        }
    }

    @Test
    void aReplayBringsNoMoreAndTheLastAreThoseThatAreGranted() {
        try (Client first = node.connect()) {
            first.subscribe("past.#");
            for (int number = 1; number <= 6; number++) {
                publish(number % 2 == 0 ? "past.closed" : "past.open.a", number);
            }
            publish("past.open.end", 7);
            assertReceives(first, 1, 3, 5, 7);
        }
        try (Client last = node.connect();
                Client oldest = node.connect()) {
            assertThat(last.ask("{\"op\":\"subscribe\",\"topic\":\"past.#\",\"from\":{\"last\":3}}")
                            .op())
                    .isEqualTo("ok");
            assertThat(oldest.ask("{\"op\":\"subscribe\",\"topic\":\"past.#\",\"from\":\"first\"}")
                            .op())
                    .isEqualTo("ok");
            publish("past.closed", 8);
            publish("past.open.live", 9);

            assertReceives(last, 3, 5, 7, 9);
            assertReceives(oldest, 1, 3, 5, 7, 9);
        }
    }

    @Test
    void whatNoGrantMeetsIsForbiddenAndSoIsWidthOnAnotherRule() {
        try (Client anyone = node.connect()) {
            for (String pattern :
                    List.of("narrow.users.alice.a", "narrow.ticker.#", "other.#", "strict.#", "strict.*")) {
                assertThat(anyone.ask("{\"op\":\"subscribe\",\"topic\":\"" + pattern + "\"}")
                                .json()
                                .path("code")
                                .asString())
                        .as(pattern)
                        .isEqualTo("forbidden");
            }
        }
    }

    @Test
    void aRefreshMakesItWiderAndNarrower() {
        Jwt trader = Jwt.of("carol").with("roles", List.of("trader"));
        try (Client carol = named(Jwt.of("carol"))) {
            carol.subscribe("narrow.*.*");
            publish("narrow.ticker.one", 1);
            publish("narrow.open.one", 0);
            assertReceives(carol, 0);
            refresh(carol, trader);
            publish("narrow.ticker.two", 2);
            assertReceives(carol, 2);
            refresh(carol, Jwt.of("carol"));
            publish("narrow.ticker.three", 3);
            publish("narrow.open.end", 4);
            assertReceives(carol, 4);
        }
    }

    @Test
    void unsubscribingEndsIt() {
        try (Client alice = named(Jwt.of("alice"))) {
            alice.subscribe("narrow.#");
            assertThat(alice.ask("{\"op\":\"unsubscribe\",\"topic\":\"narrow.#\"}")
                            .op())
                    .isEqualTo("ok");
            alice.subscribe("strict.a");
            publish("narrow.open.gone", 1);
            publish("strict.a", 2);

            assertReceives(alice, 2);
        }
    }

    private static Client named(Jwt token) {
        Client client = node.dial().bearer(token.signed()).open();
        client.expect("welcome");
        return client;
    }

    private static void refresh(Client client, Jwt token) {
        assertThat(client.ask("{\"op\":\"auth\",\"token\":\"" + token.signed() + "\"}")
                        .op())
                .isEqualTo("ok");
    }

    private static void publish(String topic, int number) {
        backEnd.publish(topic, String.valueOf(number));
    }

    private static void assertReceives(Client client, int... numbers) {
        for (int number : numbers) {
            assertThat(client.expect("message").raw("data")).isEqualTo(String.valueOf(number));
        }
        client.expectNothing();
    }
}
