package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Delivery;
import io.sluice.gateway.dev.EmbeddedBroker;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests, and publishes that expire, need nothing that the embedded broker does not have. */
@Timeout(120)
final class EmbeddedRequestsTest {

    @Test
    void aRequestIsAnsweredTimesOutAndIsUnroutableOnTheEmbeddedBrokerToo() throws IOException {
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                Node node = Node.startOn(broker.uri().toString(), RequestsTest.YAML);
                BackEnd backEnd = BackEnd.connect(broker.uri().toString());
                Client client = node.connect()) {
            assertThat(code(client, "{\"op\":\"request\",\"topic\":\"rpc.a\",\"data\":1}"))
                    .isEqualTo("unroutable");
            backEnd.listen("amq.topic", "rpc.#");
            client.send("{\"op\":\"request\",\"id\":9,\"topic\":\"rpc.a\",\"data\":2}");
            Delivery request = backEnd.next();
            backEnd.reply(request, "text/plain", "four".getBytes(UTF_8));
            assertThat(client.expect("reply").text()).isEqualTo("{\"op\":\"reply\",\"id\":9,\"text\":\"four\"}");
            assertThat(code(client, "{\"op\":\"request\",\"topic\":\"rpc.a\",\"data\":1,\"timeout\":100}"))
                    .isEqualTo("timeout");
        }
    }

    @Test
    void whatIsPublishedWithATimeToLiveLivesAsLong() throws IOException {
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                Node node = Node.startOn(broker.uri().toString(), Node.OPEN);
                Client client = node.connect()) {
            client.subscribe("ttl");
            client.send("{\"op\":\"publish\",\"id\":9,\"topic\":\"ttl\",\"data\":1,\"ttl\":60000}");
            assertThat(client.await("message").json().path("data").asInt()).isEqualTo(1);
        }
    }

    private static String code(Client client, String command) {
        return client.ask(command).json().path("code").asString();
    }
}
