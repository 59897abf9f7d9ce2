package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import org.junit.jupiter.api.Test;

class TestBrokerTest {

    @Test
    void aNodeComesBackOnTheSamePortAfterBeingKilled() throws Exception {
        try (TestBroker node = TestBroker.ofItsOwn()) {
            String uri = node.uri();
            node.kill();
            node.start();
            ConnectionFactory factory = new ConnectionFactory();
            factory.setUri(uri);
            try (Connection connection = factory.newConnection()) {
                assertThat(connection.isOpen()).isTrue();
            }
            assertThat(node.ctl("list_queues")).isBlank();
        }
    }
}
