package io.sluice.gateway.dev;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Return;
import java.lang.reflect.InvocationTargetException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class EmbeddedBrokerTest {

    private static EmbeddedBroker broker;

    @BeforeAll
    static void start() {
        broker = EmbeddedBroker.start();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void aMessagePublishedToAmqTopicIsConfirmedAndReachesABoundQueue() throws Exception {
        try (Connection connection = connect(broker)) {
            Channel channel = connection.createChannel();
            channel.exchangeDeclarePassive("amq.topic");
            String queue = channel.queueDeclare().getQueue();
            channel.queueBind(queue, "amq.topic", "prices.#");
            channel.confirmSelect();
            channel.basicPublish("amq.topic", "prices.eur.usd", null, "1.0850".getBytes(UTF_8));

            assertThat(channel.waitForConfirms(5000)).isTrue();
            var got = channel.basicGet(queue, true);
            assertThat(got.getBody()).asString(UTF_8).isEqualTo("1.0850");
            assertThat(got.getEnvelope().getRoutingKey()).isEqualTo("prices.eur.usd");
        }
    }

    @Test
    void anUnroutableMandatoryMessageIsReturnedWithItsHeadersAndTheChannelStaysOpen() throws Exception {
        try (Connection connection = connect(broker)) {
            Channel channel = connection.createChannel();
            var returned = new ArrayBlockingQueue<Return>(1);
            channel.addReturnListener(returned::add);
            channel.basicPublish("amq.topic", "nobody.listens", true, null, new byte[] {1, 2, 3});

            Return message = returned.poll(5, TimeUnit.SECONDS);
            assertThat(message).isNotNull();
            assertThat(message.getReplyCode()).isEqualTo(312);
            assertThat(message.getBody()).containsExactly(1, 2, 3);
            assertThat(channel.isOpen()).isTrue();
        }
    }

    @Test
    void queueArgumentsThatOnlyRabbitMqKnowsAreIgnored() throws Exception {
        try (Connection connection = connect(broker)) {
            Channel channel = connection.createChannel();
            Map<String, Object> arguments =
                    Map.of("x-max-length", 10_000, "x-overflow", "drop-head", "x-expires", 60_000);

            assertThat(channel.queueDeclare("", false, true, true, arguments).getQueue())
                    .isNotEmpty();
        }
    }

    @Test
    void aSecondBrokerRunsBesideTheFirstAndComesBackOnItsPort() throws Exception {
        EmbeddedBroker second = EmbeddedBroker.start();
        int port = second.port();
        assertThat(port).isNotEqualTo(broker.port());
        Connection connection = connect(second);
        second.close();
        second.close();
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                .isInstanceOf(ConnectException.class);
        assertThat(connection.isOpen()).isFalse();

        try (EmbeddedBroker again = EmbeddedBroker.start(port)) {
            assertThat(again.uri()).hasToString("amqp://guest:guest@127.0.0.1:" + port);
            connect(again).close();
        }
        connect(broker).close();
    }

    @Test
    void aTakenPortIsRefusedWithASentence() throws Exception {
        try (var taken = new ServerSocket(0)) {
            assertThatThrownBy(() -> EmbeddedBroker.start(taken.getLocalPort()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + taken.getLocalPort())
                    .hasMessageContaining("another port");
        }
    }

    @Test
    void nothingIsLeftOnDisk() {
        QpidLauncher launcher = QpidLauncher.launch(0);
        assertThat(launcher.directory()).isDirectory();

        launcher.shutdown();

        assertThat(launcher.directory()).doesNotExist();
        assertThat(Path.of("work")).doesNotExist();
    }

    @Test
    void withoutItsJarsItSaysHowToStart() throws Exception {
        URL gateway = EmbeddedBroker.class.getProtectionDomain().getCodeSource().getLocation();
        try (var production = new URLClassLoader(new URL[] {gateway}, ClassLoader.getPlatformClassLoader())) {
            Class<?> embedded = production.loadClass(EmbeddedBroker.class.getName());

            assertThat(embedded.getMethod("present").invoke(null)).isEqualTo(false);
            assertThatThrownBy(() -> embedded.getMethod("start").invoke(null))
                    .isInstanceOf(InvocationTargetException.class)
                    .cause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not on the class path")
                    .hasMessageContaining("--amqp");
        }
    }

    private static Connection connect(EmbeddedBroker broker) throws Exception {
        var factory = new ConnectionFactory();
        factory.setUri(broker.uri());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }
}
