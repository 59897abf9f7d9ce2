package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Received;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.ConfigurationLoader;
import io.sluice.gateway.config.LoadResult;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rights of the deployed gateway, {@code deploy/rabbitmq/definitions.json}, on a RabbitMQ that has loaded them: they are enough for the
 * deployed configuration and for every feature of it, and {@code sluice check} misses each one of them. What they must not be enough for is
 * tried by scripts/check-compose.
 */
@Timeout(300)
final class DeployedRightsTest {

    private static final TestBroker BROKER = OwnBroker.running();
    private static final Path DEPLOY = Path.of("..", "deploy");
    private static final String VHOST = "sluice";
    private static final BasicProperties TEXT = new BasicProperties();

    /** Matches nothing. */
    private static final String NOTHING = "(?!)";

    private static JsonNode rights;
    private static List<JsonNode> topicRights;

    @BeforeAll
    static void load() throws IOException {
        String definitions = Files.readString(DEPLOY.resolve("rabbitmq/definitions.json"));
        rights = JsonMapper.shared().readTree(definitions).path("permissions").get(0);
        topicRights = JsonMapper.shared()
                .readTree(definitions)
                .path("topic_permissions")
                .valueStream()
                .filter(right -> right.path("user").asString().equals("sluice"))
                .toList();
        assertThat(rights.path("user").asString()).isEqualTo("sluice");
        ObjectNode loaded = (ObjectNode) JsonMapper.shared().readTree(definitions);
        // Their hashes are made by scripts/compose-secrets.
        for (JsonNode user : loaded.path("users")) {
            BROKER.ctl("add_user", user.path("name").asString(), "secret");
        }
        loaded.remove("users");
        Path file = Files.createTempFile("definitions", ".json");
        Files.writeString(file, loaded.toString());
        BROKER.ctl("import_definitions", file.toString());
    }

    @AfterAll
    static void forget() {
        BROKER.ctl("delete_vhost", VHOST);
        for (String user : List.of("sluice", "publisher", "admin")) {
            BROKER.ctl("delete_user", user);
        }
    }

    @Test
    void theyAreEnoughAndNoneOfThemIsTooMany() throws Exception {
        assertThat(found()).isEmpty();
        List<String> unmissed = new ArrayList<>();
        for (String kind : List.of("configure", "write", "read")) {
            for (String right : alternatives(rights.path(kind).asString())) {
                grant(kind, right);
                forgetWhatTheGatewayMade();
                if (found().isEmpty()) {
                    unmissed.add(kind + " " + right);
                }
            }
        }
        grant("", "");
        assertThat(unmissed).as("rights that nothing needs").isEmpty();
    }

    @Test
    void noTopicMayBeTakenAway() throws Exception {
        List<String> unmissed = new ArrayList<>();
        for (JsonNode right : topicRights) {
            for (String kind : List.of("write", "read")) {
                String pattern = right.path(kind).asString();
                for (String topics : pattern.equals(NOTHING) ? List.<String>of() : expanded(pattern)) {
                    List<String> left = new ArrayList<>(expanded(pattern));
                    left.remove(topics);
                    String less = left.isEmpty() ? NOTHING : "(" + String.join("|", left) + ")";
                    grantTopics(
                            right,
                            kind.equals("write") ? less : right.path("write").asString(),
                            kind.equals("read") ? less : right.path("read").asString());
                    forgetWhatTheGatewayMade();
                    if (found().isEmpty()) {
                        unmissed.add(right.path("exchange").asString() + " " + kind + " " + topics);
                    }
                }
            }
            grantTopics(
                    right, right.path("write").asString(), right.path("read").asString());
        }
        assertThat(unmissed).as("topics that nothing needs").isEmpty();
        forgetWhatTheGatewayMade();
        assertThat(found()).isEmpty();
    }

    @Test
    void withThemEveryFeatureWorks() throws Exception {
        String token = Jwt.of("alice")
                .with("iss", "backend")
                .with("aud", "sluice")
                .with("roles", List.of("worker"))
                .signed();
        String perPattern = deployed().replace("exchange: notices}", "exchange: notices, binding: perPattern}");
        assertThat(perPattern).contains("perPattern");
        try (BackEnd backEnd = BackEnd.connect(admin()).listen("chat", "#");
                BackEnd events = BackEnd.connect(admin()).listen("sluice.events", "session.disconnect");
                Node node = Node.of(configuration(perPattern));
                Client alice = node.dial().bearer(token).open()) {
            alice.expect("welcome");
            shared(alice, backEnd);
            resumed(alice, backEnd);
            worked(alice);
            published(alice, backEnd);
            for (String exchange : List.of("market", "notices", "chat")) {
                backEnd.channel().exchangeDeclarePassive("sluice.mark." + exchange);
            }
            backEnd.publish(
                    "sluice.control", "", TEXT, "{\"op\":\"disconnect\",\"principal\":\"alice\"}".getBytes(UTF_8));
            assertThat(alice.closed().code()).isEqualTo(4403);
            assertThat(events.nextBody()).contains("\"alice\"", "4403");
        }
    }

    /** Live, by the rule's one binding and by one for each pattern. */
    private static void shared(Client alice, BackEnd backEnd) {
        for (String exchange : List.of("market prices.eur", "notices users.alice.mail")) {
            String topic = exchange.substring(exchange.indexOf(' ') + 1);
            alice.subscribe(topic);
            backEnd.publish(exchange.substring(0, exchange.indexOf(' ')), topic, TEXT, "\"live\"".getBytes(UTF_8));
            assertThat(alice.await("message").text()).contains(topic, "live");
        }
    }

    private static void resumed(Client alice, BackEnd backEnd) {
        alice.subscribe("trades.#");
        backEnd.publish("market", "trades.eur", TEXT, "\"first\"".getBytes(UTF_8));
        String position = alice.await("message").json().path("position").asString();
        alice.ask("{\"op\":\"unsubscribe\",\"topic\":\"trades.#\"}");
        backEnd.publish("market", "trades.eur", TEXT, "\"missed\"".getBytes(UTF_8));
        assertThat(alice.ask("{\"op\":\"subscribe\",\"topic\":\"trades.#\",\"from\":{\"position\":\"" + position
                                + "\"}}")
                        .text())
                .contains("\"recovered\":true");
        assertThat(alice.await("message").text()).contains("missed");
        alice.ask("{\"op\":\"unsubscribe\",\"topic\":\"trades.#\"}");
    }

    private static void worked(Client alice) {
        alice.subscribe("jobs.resize");
        alice.send("{\"op\":\"publish\",\"topic\":\"jobs.resize\",\"data\":1}");
        Received job = alice.await("message");
        alice.send("{\"op\":\"nack\",\"tag\":" + job.json().path("tag") + "}");
        Received again = alice.await("message");
        assertThat(again.json().path("redelivered").asBoolean()).isTrue();
        alice.send("{\"op\":\"ack\",\"tag\":" + again.json().path("tag") + "}");
        assertThat(alice.ask("{\"op\":\"unsubscribe\",\"topic\":\"jobs.resize\"}")
                        .op())
                .isEqualTo("ok");
    }

    private static void published(Client alice, BackEnd backEnd) throws IOException {
        assertThat(alice.ask("{\"op\":\"publish\",\"topic\":\"chat.lobby\",\"data\":2}")
                        .op())
                .isEqualTo("ok");
        assertThat(backEnd.nextBody()).isEqualTo("2");
        backEnd.listen("rpc", "rpc.add");
        alice.send("{\"op\":\"request\",\"id\":\"r\",\"topic\":\"rpc.add\",\"data\":[1,2]}");
        backEnd.reply(backEnd.next(), "application/json", "3".getBytes(UTF_8));
        assertThat(alice.await("reply").raw("data")).isEqualTo("3");
    }

    /** All of them, less {@code without} of {@code kind}. */
    private static void grant(String kind, String without) {
        List<String> arguments = new ArrayList<>(List.of("set_permissions", "-p", VHOST, "sluice"));
        for (String each : List.of("configure", "write", "read")) {
            List<String> left = new ArrayList<>(alternatives(rights.path(each).asString()));
            if (each.equals(kind)) {
                left.remove(without);
            }
            arguments.add("^(" + String.join("|", left) + ")$");
        }
        BROKER.ctl(arguments.toArray(String[]::new));
    }

    private static void grantTopics(JsonNode right, String write, String read) {
        String exchange = right.path("exchange").asString();
        BROKER.ctl("set_topic_permissions", "-p", VHOST, "sluice", exchange, write, read);
    }

    /** {@code a}, {@code bc} and {@code bd} of {@code ^(a|b(c|d))$}. */
    private static List<String> alternatives(String pattern) {
        String inner = pattern.substring("^(".length(), pattern.length() - ")$".length());
        return Stream.of(inner.split("\\|(?![^(]*\\))", -1))
                .flatMap(one -> expanded(one).stream())
                .toList();
    }

    /** {@code bcx} and {@code bdx} of {@code b(c|d)x}. */
    private static List<String> expanded(String pattern) {
        Matcher group = Pattern.compile("(.*)\\((\\w[^)]*)\\)(.*)").matcher(pattern);
        return group.matches()
                ? Stream.of(group.group(2).split("\\|", -1))
                        .map(each -> group.group(1) + each + group.group(3))
                        .toList()
                : List.of(pattern);
    }

    private static String admin() {
        return BROKER.uri("admin", "secret").replace("/%2f", "/" + VHOST);
    }

    /** So that the gateway has to make again what it makes once. */
    private static void forgetWhatTheGatewayMade() throws IOException {
        try (BackEnd admin = BackEnd.connect(admin())) {
            admin.channel().queueDelete("market.trades");
            for (String exchange : List.of("market", "notices", "chat")) {
                admin.channel().exchangeDelete("sluice.mark." + exchange);
            }
        }
    }

    /** What is told of rights: of this broker's age and this machine it tells in any case. */
    private static List<String> found() throws InterruptedException, IOException {
        BrokerCheck.Result result = BrokerCheck.of(configuration(deployed()));
        List<String> found = new ArrayList<>(result.findings());
        result.advice().stream().filter(advice -> advice.contains("grant")).forEach(found::add);
        return found;
    }

    /** On free ports. */
    private static String deployed() throws IOException {
        return Files.readString(DEPLOY.resolve("gateway/sluice.yaml"))
                .replaceAll("host: 0\\.0\\.0\\.0, port: \\d+", "host: 127.0.0.1, port: 0");
    }

    private static Configuration configuration(String yaml) {
        URI broker = URI.create(BROKER.uri());
        LoadResult result = ConfigurationLoader.parse(
                "sluice.yaml",
                yaml,
                Map.of(
                        "SLUICE_AMQP_PASSWORD",
                        "secret",
                        "SLUICE_AMQP_HOST",
                        broker.getHost(),
                        "SLUICE_AMQP_PORT",
                        String.valueOf(broker.getPort()),
                        "SLUICE_JWT_SECRET",
                        Node.SECRET));
        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        return ((LoadResult.Loaded) result).configuration();
    }
}
