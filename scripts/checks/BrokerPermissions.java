import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.Map;

/**
 * What the broker's users of Compose may not do, tried one by one on a RabbitMQ with the definitions of deploy/rabbitmq: what a gateway
 * that was taken over could do to the broker is what is not refused here. What the gateway's user may do is shown by
 * GatewayFeatures, which uses all of it.
 *
 * <p>Run by scripts/check-compose, with its environment. Exit code 1 where something is allowed.
 */
final class BrokerPermissions {

    private interface Attempt {
        void on(Channel channel) throws Exception;
    }

    private static int checked;
    private static int failed;

    public static void main(String[] arguments) throws Exception {
        try (Connection admin = connect("admin", "ADMIN_AMQP_PASSWORD");
                Channel owner = admin.createChannel();
                Connection gateway = connect("sluice", "SLUICE_AMQP_PASSWORD");
                Connection publisher = connect("publisher", "PUBLISHER_AMQP_PASSWORD")) {
            owner.queueDeclare("orders", true, false, false, null);
            owner.queueBind("orders", "market", "#");

            refused(gateway, "declare an exchange", on -> on.exchangeDeclare("mine", "topic"));
            refused(gateway, "delete an exchange", on -> on.exchangeDelete("market"));
            refused(gateway, "declare a queue with a name", on -> on.queueDeclare("mine", false, true, true, null));
            refused(gateway, "declare a stream that is no rule's", on -> on.queueDeclare("mine.history", true, false, false, stream()));
            refused(gateway, "consume another's queue", on -> on.basicConsume("orders", (tag, message) -> {}, tag -> {}));
            refused(gateway, "read one message of another's queue", on -> on.basicGet("orders", false));
            refused(gateway, "purge another's queue", on -> on.queuePurge("orders"));
            refused(gateway, "delete another's queue", on -> on.queueDelete("orders"));
            refused(gateway, "bind another's queue", on -> on.queueBind("orders", "chat", "chat.*"));
            refused(gateway, "unbind another's queue", on -> on.queueUnbind("orders", "market", "#"));
            refused(gateway, "bind to an exchange that is no rule's", on -> on.queueBind(ownQueue(on), "amq.topic", "#"));
            refused(gateway, "read all of chat, beyond its topics", on -> on.queueBind(ownQueue(on), "chat", "#"));
            refused(gateway, "read all of market, beyond prices", on -> on.queueBind(ownQueue(on), "market", "#"));
            refused(gateway, "feed market from all of chat", on -> on.exchangeBind("market", "chat", "#"));
            refused(gateway, "feed the events from chat's other topics", on -> on.exchangeBind("sluice.events", "chat", "other.*"));
            refused(gateway, "feed chat from all of market", on -> on.exchangeBind("chat", "market", "#"));
            refused(gateway, "feed chat from the requests", on -> on.exchangeBind("chat", "rpc", "rpc.add"));
            refused(gateway, "read requests", on -> on.queueBind(ownQueue(on), "rpc", "rpc.*"));
            refused(gateway, "read the events", on -> on.queueBind(ownQueue(on), "sluice.events", "session.#"));
            refused(gateway, "disconnect users everywhere", on -> publish(on, "sluice.control", ""));
            refused(gateway, "delete the jobs", on -> on.queueDelete("resize-jobs"));
            refused(gateway, "publish without a topic to market", on -> publish(on, "market", ""));
            refused(gateway, "publish events of its own kind", on -> publish(on, "sluice.events", "other.event"));
            refused(gateway, "publish prices", on -> publish(on, "market", "prices.eur.usd"));
            refused(gateway, "publish notices", on -> publish(on, "notices", "users.alice"));
            refused(gateway, "publish to chat what is no chat", on -> publish(on, "chat", "prices.eur.usd"));
            refused(gateway, "publish to amq.topic", on -> publish(on, "amq.topic", "chat.lobby"));

            refused(publisher, "declare a queue", on -> on.queueDeclare());
            refused(publisher, "publish to chat", on -> publish(on, "chat", "chat.lobby"));
            refused(publisher, "publish to market what is no price", on -> publish(on, "market", "secrets.of.state"));
            refused(publisher, "publish to a queue", on -> publish(on, "", "orders"));
            refused(publisher, "consume", on -> on.basicConsume("orders", (tag, message) -> {}, tag -> {}));

            owner.queueDelete("orders");
        }
        noConnection("the gateway's user in another virtual host", "sluice", System.getenv("SLUICE_AMQP_PASSWORD"), "other");
        noConnection("the gateway's user with another password", "sluice", "guess", "sluice");
        noConnection("guest", "guest", "guest", "sluice");
        System.out.println("broker permissions: " + checked + " refusals looked for, " + failed + " missing");
        System.exit(failed == 0 ? 0 : 1);
    }

    /** A refusal is 403 and closes the channel; a basic.publish is refused after it was sent, so a synchronous command follows. */
    private static void refused(Connection connection, String what, Attempt attempt) throws Exception {
        checked++;
        Channel channel = connection.createChannel();
        try {
            attempt.on(channel);
            failed++;
            System.out.println("ALLOWED: " + connection.getClientProvidedName() + " may " + what);
            channel.close();
        } catch (IOException | ShutdownSignalException refusal) {
            ShutdownSignalException signal =
                    refusal instanceof ShutdownSignalException closed ? closed : (ShutdownSignalException) refusal.getCause();
            AMQP.Channel.Close close = (AMQP.Channel.Close) signal.getReason();
            if (close.getReplyCode() != AMQP.ACCESS_REFUSED) {
                failed++;
                System.out.println("NOT REFUSED BUT FAILED: " + what + ": " + close.getReplyText());
            }
        }
    }

    private static void noConnection(String who, String user, String password, String virtualHost) throws Exception {
        checked++;
        try {
            connect(user, password, virtualHost).close();
            failed++;
            System.out.println("ALLOWED: " + who + " may connect");
        } catch (IOException expected) {
            return;
        }
    }

    private static String ownQueue(Channel channel) throws IOException {
        return channel.queueDeclare("", false, true, true, null).getQueue();
    }

    private static void publish(Channel channel, String exchange, String key) throws Exception {
        channel.confirmSelect();
        channel.basicPublish(exchange, key, null, new byte[0]);
        channel.waitForConfirms(5000);
    }

    private static Map<String, Object> stream() {
        return Map.of("x-queue-type", "stream");
    }

    private static Connection connect(String user, String password) throws Exception {
        return connect(user, System.getenv(password), "sluice");
    }

    private static Connection connect(String user, String password, String virtualHost) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(Integer.parseInt(System.getenv("AMQP_PORT")));
        factory.setUsername(user);
        factory.setPassword(password);
        factory.setVirtualHost(virtualHost);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection(user);
    }
}
