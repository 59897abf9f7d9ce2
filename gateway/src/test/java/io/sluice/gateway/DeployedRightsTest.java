package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.amqp.TestBroker;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rights of the deployed gateway, {@code deploy/rabbitmq/definitions.json}, on a RabbitMQ that has loaded them: they are enough for the
 * deployed configuration, and {@code sluice check} misses each one of them. What is done with them is tried by scripts/check-compose.
 */
@Timeout(300)
final class DeployedRightsTest {

    private static final TestBroker BROKER = OwnBroker.running();
    private static final Path DEPLOY = Path.of("..", "deploy");
    private static final String VHOST = "sluice";

    private static JsonNode rights;

    @BeforeAll
    static void load() throws IOException {
        String definitions = Files.readString(DEPLOY.resolve("rabbitmq/definitions.json"));
        rights = JsonMapper.shared().readTree(definitions).path("permissions").get(0);
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

    /** {@code a} and {@code b(c|d)} of {@code ^(a|b(c|d))$}. */
    private static List<String> alternatives(String pattern) {
        String inner = pattern.substring("^(".length(), pattern.length() - ")$".length());
        return List.of(inner.split("\\|(?![^(]*\\))", -1));
    }

    /** So that the gateway has to make again what it makes once. */
    private static void forgetWhatTheGatewayMade() throws IOException {
        try (BackEnd admin = BackEnd.connect(BROKER.uri("admin", "secret").replace("/%2f", "/" + VHOST))) {
            admin.channel().queueDelete("market.trades");
            for (String exchange : List.of("market", "notices", "chat")) {
                admin.channel().exchangeDelete("sluice.mark." + exchange);
            }
        }
    }

    /** What is told of rights: of this broker's age and this machine it tells in any case. */
    private static List<String> found() throws InterruptedException, IOException {
        BrokerCheck.Result result = BrokerCheck.of(configuration());
        List<String> found = new ArrayList<>(result.findings());
        result.advice().stream().filter(advice -> advice.contains("grant")).forEach(found::add);
        return found;
    }

    private static Configuration configuration() throws IOException {
        URI broker = URI.create(BROKER.uri());
        LoadResult result = ConfigurationLoader.parse(
                "sluice.yaml",
                Files.readString(DEPLOY.resolve("gateway/sluice.yaml")),
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
