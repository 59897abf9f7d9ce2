package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Received;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From AMQP to the browser: what a back end publishes arrives, as what it is, and nothing that it publishes breaks the stream. */
@Timeout(120)
final class DeliveryTest {

    private static Node node;
    private static BackEnd backEnd;
    private Client client;

    @BeforeAll
    static void start() {
        node = Node.start("""
                insecure: true
                authentication: {anonymous: true}
                topics:
                  - {match: "pinned.#", exchange: amq.topic, contentType: text/plain}
                  - {match: "#", exchange: amq.topic, headers: [trace, count, ok, bytes]}
                permissions:
                  - {subscribe: ["#"], publish: ["#"]}
                limits: {deliveryBytes: 2KiB}
                """);
        backEnd = BackEnd.connect(TestBroker.shared().uri());
    }

    @AfterAll
    static void stop() {
        backEnd.close();
        node.close();
    }

    @BeforeEach
    void connect() {
        client = node.connect();
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @Test
    void theWelcomeIsTheFirstMessageAndSaysWhatHolds() {
        try (Client fresh = node.dial().open()) {
            Received welcome = fresh.expect("welcome");

            assertThat(welcome.json().path("session").asString()).hasSizeGreaterThan(10);
            assertThat(welcome.json().has("user")).isFalse();
            assertThat(welcome.json().has("expires")).isFalse();
            assertThat(welcome.json().path("protocol").asString()).isEqualTo("sluice.v1.json");
            assertThat(welcome.raw("limits"))
                    .isEqualTo("{\"messageBytes\":65536,\"subscriptions\":128,\"publishesPerSecond\":50}");
        }
    }

    @Test
    void whatIsPublishedAfterTheOkArrives() {
        Received ok = client.ask("{\"op\":\"subscribe\",\"topics\":[\"first.*\",\"second.#\"]}");
        assertThat(ok.text())
                .isEqualTo(
                        "{\"op\":\"ok\",\"id\":1,\"subscriptions\":[{\"topic\":\"first.*\"},{\"topic\":\"second.#\"}]}");

        backEnd.publish("first.run", "{\"n\":1}");

        assertThat(client.expect("message").text())
                .isEqualTo("{\"op\":\"message\",\"topic\":\"first.run\",\"data\":{\"n\":1}}");
    }

    @Test
    void theOkPrecedesTheFirstMessageHoweverManyAreUnderWay() throws InterruptedException {
        try (BackEnd other = BackEnd.connect(TestBroker.shared().uri())) {
            AtomicBoolean enough = new AtomicBoolean();
            Thread storm = new Thread(() -> {
                for (int i = 0; !enough.get(); i++) {
                    other.publish("storm." + i, "1");
                }
            });
            storm.start();
            for (int i = 0; i < 20; i++) {
                try (Client fresh = node.connect()) {
                    fresh.send("{\"op\":\"subscribe\",\"id\":\"s\",\"topic\":\"storm.#\"}");
                    fresh.expect("ok");
                    fresh.expect("message");
                }
            }
            enough.set(true);
            storm.join();
        }
    }

    @Test
    void messagesOfOneTopicKeepTheirOrder() {
        client.subscribe("ordered");
        for (int i = 0; i < 500; i++) {
            backEnd.publish("ordered", Integer.toString(i));
        }

        for (int i = 0; i < 500; i++) {
            assertThat(client.expect("message").json().path("data").asInt()).isEqualTo(i);
        }
    }

    @Test
    void twoPatternsThatMatchTheSameMessageDeliverItOnce() {
        client.subscribe("once.*").subscribe("once.#").subscribe("once.more");
        backEnd.publish("once.more", "1");

        client.expect("message");
        client.expectNothing();
    }

    @Test
    void nothingArrivesAfterTheUnsubscribe() {
        client.subscribe("gone");
        assertThat(client.ask("{\"op\":\"unsubscribe\",\"topic\":\"gone\"}").text())
                .isEqualTo("{\"op\":\"ok\",\"id\":2}");
        client.subscribe("fence");
        backEnd.publish("gone", "1");
        backEnd.publish("fence", "2");

        assertThat(client.expect("message").json().path("topic").asString()).isEqualTo("fence");
        client.expectNothing();
    }

    @Test
    void subscribingAgainChangesNothing() {
        client.subscribe("again").subscribe("again");
        backEnd.publish("again", "1");

        client.expect("message");
        client.expectNothing();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " {\t\"a\" :\r\n [ 1 , 2 ] } ",
                "1.0e5",
                "-0.00",
                "123456789012345678901234567890.123456789012345678901234567890E-400",
                "\"\\u00e4\\/\\ud83d\\ude00 \u00e4 \ud83d\ude00\"",
                "{\"a\":1,\"a\":2}",
                "null",
                "\"\"",
                "[]"
            })
    void jsonArrivesWithItsBytesUnchanged(String body) {
        client.subscribe("json");
        backEnd.publish("json", "application/json", body.getBytes(UTF_8));
        backEnd.publish("json", "application/vnd.api+json", body.getBytes(UTF_8));
        backEnd.publish("json", null, body.getBytes(UTF_8));

        Received typed = client.expect("message");
        assertThat(typed.raw("data")).isEqualTo(body);
        assertThat(typed.json().has("type")).isFalse();
        Received other = client.expect("message");
        assertThat(other.raw("data")).isEqualTo(body);
        assertThat(other.json().path("type").asString()).isEqualTo("application/vnd.api+json");
        assertThat(client.expect("message").raw("data")).isEqualTo(body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":", "{'a':1}", "01", "1 2", "[1,]", "NaN", "\"\u0001\"", "\"}", "\\", ""})
    void brokenJsonArrivesAsBytes(String body) {
        client.subscribe("broken");
        backEnd.publish("broken", "application/json", body.getBytes(UTF_8));

        Received message = client.expect("message");
        assertThat(message.json().path("type").asString()).isEqualTo("application/json");
        assertThat(bytes(message)).isEqualTo(body.getBytes(UTF_8));
    }

    @Test
    void whatIsNoUtf8ArrivesAsBytesWhateverItCallsItself() {
        client.subscribe("bytes");
        byte[][] bodies = {
            {'"', (byte) 0xc3, '"'},
            {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'},
            "\"ä\"".getBytes(ISO_8859_1),
            "\"ä\"".getBytes(UTF_16),
            {(byte) 0xff, 0, 1}
        };
        for (byte[] body : bodies) {
            backEnd.publish("bytes", "application/json", body);
            backEnd.publish("bytes", "text/plain", body);
            backEnd.publish("bytes", null, body);
        }

        for (byte[] body : bodies) {
            for (int i = 0; i < 3; i++) {
                assertThat(bytes(client.expect("message"))).isEqualTo(body);
            }
        }
        client.expectNothing();
    }

    @Test
    void jsonDeeperThanAClientShouldReadArrivesAsBytes() {
        client.subscribe("deep");
        String deepest = "[".repeat(512) + "]".repeat(512);
        backEnd.publish("deep", "application/json", deepest.getBytes(UTF_8));
        backEnd.publish("deep", "application/json", ("[" + deepest + "]").getBytes(UTF_8));

        assertThat(client.expect("message").raw("data")).isEqualTo(deepest);
        assertThat(bytes(client.expect("message"))).hasSize(1026);
    }

    @Test
    void textArrivesAsText() {
        client.subscribe("text");
        String body = "tab\t nul\u0000 quote\" back\\ line\r\n sep\u2028 ä 😀 </script>";
        backEnd.publish("text", "text/plain", body.getBytes(UTF_8));
        backEnd.publish("text", "text/csv; charset=utf-8", "a;b".getBytes(UTF_8));
        backEnd.publish("text", null, "not json".getBytes(UTF_8));

        Received plain = client.expect("message");
        assertThat(plain.json().path("text").asString()).isEqualTo(body);
        assertThat(plain.json().has("type")).isFalse();
        Received csv = client.expect("message");
        assertThat(csv.json().path("text").asString()).isEqualTo("a;b");
        assertThat(csv.json().path("type").asString()).isEqualTo("text/csv; charset=utf-8");
        assertThat(client.expect("message").json().path("text").asString()).isEqualTo("not json");
    }

    @Test
    void anotherTypeCharsetOrEncodingArrivesAsBytesWithItsType() {
        client.subscribe("other");
        backEnd.publish("other", "image/png", new byte[] {1, 2, 3});
        backEnd.publish("other", "text/plain; charset=iso-8859-1", new byte[] {'a'});
        backEnd.publish(
                "amq.topic",
                "other",
                new BasicProperties.Builder()
                        .contentType("application/json")
                        .contentEncoding("gzip")
                        .build(),
                new byte[] {'1'});
        backEnd.publish("other", "application/octet-stream", new byte[0]);

        assertThat(client.expect("message").text())
                .isEqualTo("{\"op\":\"message\",\"topic\":\"other\",\"type\":\"image/png\",\"base64\":\"AQID\"}");
        assertThat(client.expect("message").json().path("type").asString()).isEqualTo("text/plain; charset=iso-8859-1");
        assertThat(bytes(client.expect("message"))).isEqualTo(new byte[] {'1'});
        assertThat(client.expect("message").text())
                .isEqualTo("{\"op\":\"message\",\"topic\":\"other\",\"base64\":\"\"}");
    }

    @Test
    void aRuleMayPinWhatAnUntypedBodyIs() {
        client.subscribe("pinned.x");
        backEnd.publish("pinned.x", "{\"a\":1}");
        backEnd.publish("pinned.x", "application/json", "{\"a\":1}".getBytes(UTF_8));

        assertThat(client.expect("message").json().path("text").asString()).isEqualTo("{\"a\":1}");
        assertThat(client.expect("message").raw("data")).isEqualTo("{\"a\":1}");
    }

    @Test
    void onlyTheHeadersThatTheRuleNamesComeThrough() {
        client.subscribe("headers");
        Map<String, Object> headers =
                Map.of("trace", "t\"1", "count", 7, "ok", true, "bytes", new byte[] {1}, "secret", "no", "x-a", "no");
        backEnd.publish(
                "amq.topic",
                "headers",
                new BasicProperties.Builder().headers(headers).build(),
                "1".getBytes(UTF_8));

        Received message = client.expect("message");
        assertThat(message.json().path("headers").size()).isEqualTo(4);
        assertThat(message.json().at("/headers/trace").asString()).isEqualTo("t\"1");
        assertThat(message.json().at("/headers/count").asInt()).isEqualTo(7);
        assertThat(message.json().at("/headers/ok").asBoolean()).isTrue();
        assertThat(message.json().at("/headers/bytes").asString()).isEqualTo("AQ==");
    }

    @Test
    void aBodyOverDeliveryBytesBecomesAGapAndOneOfThatSizeArrives() {
        client.subscribe("size");
        backEnd.publish("size", "text/plain", "a".repeat(2048).getBytes(UTF_8));
        backEnd.publish("size", "text/plain", "b".repeat(2049).getBytes(UTF_8));
        backEnd.publish("size", "text/plain", "c".getBytes(UTF_8));

        assertThat(client.expect("message").json().path("text").asString()).hasSize(2048);
        assertThat(client.expect("gap").text())
                .isEqualTo("{\"op\":\"gap\",\"topic\":\"size\",\"reason\":\"too_large\",\"missed\":1}");
        assertThat(client.expect("message").json().path("text").asString()).isEqualTo("c");
        client.expectNothing();
    }

    @Test
    void aSubscriptionSeesOnlyTheTopicsOfItsRule() {
        client.subscribe("#");
        backEnd.publish("pinned.y", "1");
        backEnd.publish("not.pinned", "2");

        assertThat(client.expect("message").json().path("topic").asString()).isEqualTo("not.pinned");
        client.expectNothing();
    }

    private static byte[] bytes(Received message) {
        assertThat(message.json().has("base64")).as(message.text()).isTrue();
        return Base64.getDecoder().decode(message.json().path("base64").asString());
    }
}
