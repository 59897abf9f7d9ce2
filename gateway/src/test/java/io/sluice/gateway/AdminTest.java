package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Closed;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What an operator sees and does through {@code /admin}. */
@Timeout(120)
final class AdminTest {

    private static Node node;
    private static Admin admin;

    @BeforeAll
    static void start() {
        node = Node.start(Admin.OPERATIONS + Node.ANYBODY + """
                topics:
                  - {match: "admin.slow.#", exchange: amq.topic, overflow: dropOldest}
                  - {match: "admin.#", exchange: amq.topic, overflow: conflate}
                  - {match: "missing.#", exchange: admin-missing}
                permissions: [{subscribe: ["#"], publish: ["#"]}]
                """);
        admin = new Admin(node);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "Bearer", "Bearer ", "Bearer wrong", "Bearer the operators", "Basic the operators' secret"})
    void withoutTheTokenNothingIsTold(String authorization) {
        for (String path : List.of("sessions", "topics", "rules", "broker", "tap", "anything")) {
            HttpResponse<String> answer = admin.send("GET", path, authorization, BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(path).isEqualTo(401);
            assertThat(answer.headers().firstValue("www-authenticate")).hasValue("Bearer");
            assertThat(answer.body()).contains("operations.adminToken").doesNotContain(Admin.TOKEN);
        }
        assertThat(admin.send("POST", "drain", authorization, BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void theSchemeIsInEitherCase() {
        assertThat(admin.send("GET", "broker", "bEARER " + Admin.TOKEN, BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void whereNoTokenIsConfiguredThereIsNoApiAndNoConsole() {
        try (Node closed = Node.start(Node.OPEN)) {
            assertThat(new Admin(closed).send("GET", "sessions").statusCode()).isEqualTo(404);
            assertThat(closed.operations("/console").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void aSessionIsToldWithAllThatIsKnownOfIt() throws IOException {
        try (Client alice = node.dial()
                        .bearer(Jwt.of("admin-alice").signed())
                        .header("Origin", "https://shop.example")
                        .open();
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            String id = alice.expect("welcome").json().path("session").asString();
            alice.subscribe("admin.told.*");
            backEnd.publish("admin.told.a", "1");
            alice.expect("message");

            JsonNode told = admin.sessions("?principal=admin-alice").get(0);

            assertThat(told.path("id").asString()).isEqualTo(id);
            assertThat(told.path("principal").asString()).isEqualTo("admin-alice");
            assertThat(told.path("issuer").asString()).isEqualTo("tests");
            assertThat(told.path("address").asString()).isEqualTo("127.0.0.1");
            assertThat(told.path("origin").asString()).isEqualTo("https://shop.example");
            assertThat(told.path("transport").asString()).isEqualTo("websocket");
            assertThat(told.path("protocol").asString()).isEqualTo("sluice.v1.json");
            assertThat(told.path("subscriptions").toString())
                    .isEqualTo("[{\"topic\":\"admin.told.*\",\"rule\":\"admin.#\"}]");
            assertThat(told.path("received").asInt()).isEqualTo(1);
            assertThat(told.path("delivered").asInt()).isEqualTo(1);
            assertThat(told.path("dropped").asInt()).isZero();
            assertThat(told.path("lagMillis").asInt()).isZero();
            assertThat(admin.get("sessions/" + id).path("id").asString()).isEqualTo(id);
        }
    }

    @Test
    void pagesGoThroughAllSessionsAndTellEachOnce() {
        List<Client> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 7; i++) {
                Client client =
                        node.dial().bearer(Jwt.of("admin-paged").signed()).open();
                client.expect("welcome");
                clients.add(client);
            }
            Set<String> seen = new HashSet<>();
            String after = "";
            int pages = 0;
            do {
                JsonNode page = admin.get("sessions?principal=admin-paged&limit=3" + after);
                assertThat(page.path("matching").asInt()).isEqualTo(7);
                Admin.list(page.path("sessions"))
                        .forEach(one ->
                                assertThat(seen.add(one.path("id").asString())).isTrue());
                after = page.path("next").isNull()
                        ? ""
                        : "&after=" + page.path("next").asString();
                pages++;
            } while (!after.isEmpty());
            assertThat(seen).hasSize(7);
            assertThat(pages).isEqualTo(3);
        } finally {
            clients.forEach(Client::close);
        }
    }

    @Test
    void aSearchLooksAtPrincipalAndSubscriptions() {
        try (Client bob = node.dial().bearer(Jwt.of("admin-Bob").signed()).open();
                Client nobody = node.connect()) {
            bob.expect("welcome");
            nobody.subscribe("admin.searched.*");

            assertThat(admin.sessions("?q=ADMIN-bob")).hasSize(1);
            assertThat(admin.sessions("?q=searched"))
                    .singleElement()
                    .satisfies(one -> assertThat(one.path("principal").isNull()).isTrue());
            assertThat(admin.sessions("?q=nothing-like-that")).isEmpty();
            assertThat(admin.sessions("?principal=")).isEmpty();
        }
    }

    @Test
    void theSlowestIsFirst() throws IOException {
        try (Client slow = node.dial().reading(2).open();
                Client fast = node.connect();
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            String id = slow.expect("welcome").json().path("session").asString();
            slow.subscribe("admin.slow.a");
            fast.subscribe("admin.slow.a");
            String body = '"' + "x".repeat(200_000) + '"';

            await().atMost(Client.PATIENCE).untilAsserted(() -> {
                backEnd.publish("admin.slow.a", body);
                for (String sort : List.of("lag", "bytes", "dropped")) {
                    JsonNode first = admin.sessions("?limit=1&sort=" + sort).get(0);
                    assertThat(first.path("id").asString()).as(sort).isEqualTo(id);
                    assertThat(first.path("dropped").asInt()).isPositive();
                    assertThat(first.path("outboundBytes").asInt()).isPositive();
                }
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "sessions?limit=0, limit is a whole number from 1 to 1000.",
        "sessions?limit=1001, limit is a whole number from 1 to 1000.",
        "sessions?limit=many, limit is a whole number from 1 to 1000.",
        "sessions?sort=name, sort is one of",
        "sessions?sort=lag&after=a, leave sort out",
        "topics?limit=-1, limit is a whole number",
        "tap, either session=ID or topic=PATTERN",
        "tap?session=a&topic=b, either session=ID or topic=PATTERN",
        "tap?topic=a..b, empty",
        "tap?topic=a&seconds=601, seconds is a whole number from 1 to 600.",
        "tap?topic=a&payload=yes, payload is true or false.",
    })
    void aBadRequestIsToldWhatToDo(String path, String sentence) {
        HttpResponse<String> answer = admin.send("GET", path);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).startsWith("{\"error\":\"").containsIgnoringCase(sentence);
    }

    @Test
    void whatIsNotThereIs404AndAWrongMethodIs405() {
        assertThat(admin.send("GET", "nothing").statusCode()).isEqualTo(404);
        assertThat(admin.send("GET", "sessions/none").statusCode()).isEqualTo(404);
        assertThat(admin.send("DELETE", "sessions/none").statusCode()).isEqualTo(404);
        assertThat(admin.send("GET", "tap?session=none").statusCode()).isEqualTo(404);
        assertThat(admin.send("GET", "drain").statusCode()).isEqualTo(405);
        assertThat(admin.send("POST", "broker").statusCode()).isEqualTo(405);
        assertThat(admin.send("DELETE", "sessions").statusCode()).isEqualTo(400);
    }

    @Test
    void aSessionIsDisconnectedById() {
        try (Client one = node.connect();
                Client other =
                        node.dial().bearer(Jwt.of("admin-by-id").signed()).open()) {
            String id = other.expect("welcome").json().path("session").asString();

            assertThat(admin.send("DELETE", "sessions/" + id).body()).isEqualTo("{\"disconnected\":1}\n");

            assertThat(other.closed()).isEqualTo(new Closed(4403, "disconnected by an operator"));
            one.expectNothing();
        }
    }

    @Test
    void allSessionsOfAPrincipalAreDisconnectedAndNoOthers() {
        try (Client first = node.dial().bearer(Jwt.of("admin-gone").signed()).open();
                Client second =
                        node.dial().bearer(Jwt.of("admin-gone").signed()).open();
                Client other =
                        node.dial().bearer(Jwt.of("admin-stays").signed()).open()) {
            List.of(first, second, other).forEach(client -> client.expect("welcome"));

            assertThat(admin.send("DELETE", "sessions?principal=admin-gone&issuer=others")
                            .body())
                    .isEqualTo("{\"disconnected\":0}\n");
            assertThat(admin.send("DELETE", "sessions?principal=admin-gone").body())
                    .isEqualTo("{\"disconnected\":2}\n");

            assertThat(first.closed().code()).isEqualTo(4403);
            assertThat(second.closed().code()).isEqualTo(4403);
            other.expectNothing();
        }
    }

    @Test
    void topicsAreToldWithTheirRatesAndSubscribers() throws IOException {
        try (Client one = node.connect();
                Client two = node.connect();
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            one.subscribe("admin.rated.*");
            two.subscribe("admin.rated.*").subscribe("admin.rated.a");
            for (int i = 0; i < 20; i++) {
                backEnd.publish("admin.rated.a", "1");
            }
            one.expect("message");

            JsonNode topics = admin.get("topics?limit=1000");

            JsonNode topic = Admin.list(topics.path("topics")).stream()
                    .filter(it -> it.path("topic").asString().equals("admin.rated.a"))
                    .findFirst()
                    .orElseThrow();
            assertThat(topic.path("rule").asString()).isEqualTo("admin.#");
            assertThat(topic.path("perSecond").asDouble()).isPositive();
            assertThat(topic.path("bytesPerSecond").asDouble()).isPositive();
            assertThat(topic.path("subscribers").asInt()).isEqualTo(3);
            assertThat(topics.path("patterns").toString())
                    .contains("{\"topic\":\"admin.rated.*\",\"rule\":\"admin.#\",\"subscribers\":2}");
        }
    }

    @Test
    void rulesAreToldWithWhatStandsBehindThemAndWhatIsWrong() {
        List<JsonNode> rules = Admin.list(admin.get("rules").path("rules"));

        assertThat(rules).hasSize(3);
        assertThat(rules.get(0).path("overflow").asString()).isEqualTo("dropOldest");
        assertThat(rules.get(1).path("rule").asString()).isEqualTo("admin.#");
        assertThat(rules.get(1).path("kind").asString()).isEqualTo("live");
        assertThat(rules.get(1).path("exchange").asString()).isEqualTo("amq.topic");
        assertThat(rules.get(1).path("available").asBoolean()).isTrue();
        assertThat(rules.get(2).path("available").asBoolean()).isFalse();
        assertThat(rules.get(2).path("reason").asString()).contains("admin-missing", "does not exist");
        assertThat(node.metric("sluice_rule_available{rule=\"admin.#\"}")).isEqualTo(1);
        assertThat(node.metric("sluice_rule_available{rule=\"missing.#\"}")).isZero();
        assertThat(node.metric("sluice_connections_limit")).isEqualTo(100_000);
    }

    @Test
    void theBrokersStateIsTold() {
        JsonNode broker = admin.get("broker");

        assertThat(broker.path("connected").asBoolean()).isTrue();
        assertThat(broker.path("blocked").asBoolean()).isFalse();
        assertThat(broker.path("unconfirmed").asInt()).isZero();
    }

    @Test
    void aTapOfATopicShowsItsMessagesWithoutWhatIsInThem() throws IOException {
        try (BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri());
                Client subscriber = node.connect().subscribe("admin.tapped.*");
                CapturedLog log = CapturedLog.open();
                Admin.Tapped tap = admin.tap("topic=admin.tapped.*&messages=2")) {
            backEnd.publish("admin.untapped", "1");
            backEnd.publish("admin.tapped.a", "{\"secret\":1}");
            backEnd.publish("admin.tapped.b", "2");
            backEnd.publish("admin.tapped.c", "3");

            JsonNode first = tap.next("message");
            assertThat(first.path("topic").asString()).isEqualTo("admin.tapped.a");
            assertThat(first.path("rule").asString()).isEqualTo("admin.#");
            assertThat(first.path("bytes").asInt()).isEqualTo(12);
            assertThat(first.has("text")).isFalse();
            assertThat(tap.next("message").path("topic").asString()).isEqualTo("admin.tapped.b");
            assertThat(tap.next("end").path("reason").asString()).isEqualTo("messages");
            assertThat(tap.over()).isTrue();
            assertThat(log.text()).contains("127.0.0.1 taps topic admin.tapped.*", "payload: false");
            subscriber.expect("message");
        }
    }

    @Test
    void aTapOfASessionShowsBothDirectionsAndNeverItsToken() {
        try (Client client = node.connect()) {
            client.subscribe("admin.watched");
            String id = admin.sessions("?q=admin.watched").get(0).path("id").asString();
            try (Admin.Tapped tap = admin.tap("session=" + id + "&payload=true")) {
                client.ask("{\"op\":\"publish\",\"topic\":\"admin.watched\",\"data\":[1]}");
                client.send("{\"op\":\"auth\",\"token\":\""
                        + Jwt.of("admin-watched").signed() + "\"}");
                client.ask("{\"op\":\"ping\"}");
                client.close();

                JsonNode publish = tap.next("message");
                assertThat(publish.path("direction").asString()).isEqualTo("received");
                assertThat(publish.path("op").asString()).isEqualTo("publish");
                assertThat(publish.path("topic").asString()).isEqualTo("admin.watched");
                assertThat(publish.path("text").asString()).endsWith("\"data\":[1]}");
                List<String> seen = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    JsonNode next = tap.next("message");
                    seen.add(next.path("direction").asString()
                            + ' '
                            + next.path("op").asString());
                    if (next.path("op").asString().equals("auth")) {
                        assertThat(next.has("text")).isFalse();
                    }
                }
                assertThat(seen)
                        .containsExactlyInAnyOrder(
                                "sent message", "sent ok", "received auth", "received ping", "sent pong");
                assertThat(tap.next("end").path("reason").asString()).isEqualTo("closed");
            }
        }
    }

    @Test
    void eachTapIsALineOfTheLogWhenItBeginsAndWhenItEndsAndTheLogHasNothingOfWhatWasSeen() throws IOException {
        try (BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri());
                Client subscriber = node.connect().subscribe("admin.audited");
                CapturedLog log = CapturedLog.open()) {
            String id = admin.sessions("?q=admin.audited").get(0).path("id").asString();
            for (boolean payload : new boolean[] {false, true}) {
                try (Admin.Tapped topic = admin.tap("topic=admin.audited&seconds=60&payload=" + payload);
                        Admin.Tapped session = admin.tap("session=" + id + "&seconds=600&payload=" + payload)) {
                    backEnd.publish("admin.audited", "\"between us\"");
                    assertThat(topic.next("message").has("text")).isEqualTo(payload);
                    assertThat(session.next("message").has("text")).isEqualTo(payload);
                    subscriber.expect("message");
                }
                String seconds = ", payload: " + payload;
                await().atMost(Client.PATIENCE)
                        .untilAsserted(() -> assertThat(log.text())
                                .contains("127.0.0.1 taps topic admin.audited for 60 s" + seconds)
                                .contains("127.0.0.1 taps session " + id + " for 600 s" + seconds));
            }
            await().atMost(Client.PATIENCE)
                    .untilAsserted(() -> assertThat(log.text().lines())
                            .filteredOn(line -> line.contains("has ended: 1 messages, 0 left out"))
                            .hasSize(4)
                            .anyMatch(line -> line.contains("the tap of topic admin.audited "))
                            .anyMatch(line -> line.contains("the tap of session " + id + " ")));
            assertThat(log.text()).doesNotContain("between us").doesNotContain(Admin.TOKEN);
        }
    }

    @Test
    void fourTapsAreOpenAtOnceAndOneThatEndsMakesRoom() {
        List<Admin.Tapped> taps = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                taps.add(admin.tap("topic=admin.full." + i));
            }
            assertThat(admin.send("GET", "tap?topic=a").statusCode()).isEqualTo(429);
        } finally {
            taps.forEach(Admin.Tapped::close);
        }
        await().atMost(Client.PATIENCE).untilAsserted(() -> {
            try (Admin.Tapped tap = admin.tap("topic=admin.full.4&seconds=1")) {
                assertThat(tap.next("end").path("reason").asString()).isEqualTo("time");
            }
        });
    }

    @Test
    void aDrainSendsTheSessionsAwayAndTheNodeIsNoLongerReady() {
        try (Node going = Node.start(Admin.OPERATIONS + "drain: {delay: 0s, window: 100ms}\n" + Node.OPEN);
                Client client = going.connect()) {
            HttpResponse<String> answer = new Admin(going).send("POST", "drain");

            assertThat(answer.statusCode()).isEqualTo(202);
            assertThat(answer.body()).isEqualTo("{\"status\":\"draining\",\"sessions\":1}\n");
            client.expect("goaway");
            assertThat(client.closed()).isEqualTo(new Closed(1001, "going away"));
        }
    }
}
