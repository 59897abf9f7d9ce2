import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * What must pass a proxy between a browser and a gateway: the upgrade, messages both ways, a large one, silence that is longer than the
 * proxy's timeout and broken by the gateway's pings alone, and the gateway's goodbye with its close code.
 *
 * <p>Run by scripts/check-proxies, with its environment; its argument is the address of /ws behind the proxy. At the end it tells the script,
 * by the line "silent and well", to drain the gateway.
 */
final class ProxyPassage {

    private ProxyPassage() {}

    public static void main(String[] arguments) throws Exception {
        pass(URI.create(arguments[0]));
        System.exit(0);
    }

    private static void pass(URI uri) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri("amqp://admin:" + System.getenv("ADMIN_AMQP_PASSWORD") + "@127.0.0.1:" + System.getenv("AMQP_PORT") + "/sluice");
        try (Connection backEnd = factory.newConnection("back end");
                Channel channel = backEnd.createChannel();
                Browser browser = Browser.open(uri, "http://localhost:3000", System.getenv("TOKEN"))) {
            browser.expect("\"op\":\"welcome\"");
            browser.ask("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"chat.*\"}");
            String large = "x".repeat(60_000);
            browser.send("{\"op\":\"publish\",\"id\":2,\"topic\":\"chat.lobby\",\"text\":\"" + large + "\"}");
            browser.expect(large);
            channel.basicPublish("chat", "chat.lobby", null, "\"down\"".getBytes(StandardCharsets.UTF_8));
            browser.expect("\"down\"");
            TimeUnit.SECONDS.sleep(6);
            channel.basicPublish("chat", "chat.lobby", null, "\"later\"".getBytes(StandardCharsets.UTF_8));
            browser.expect("\"later\"");
            System.out.println("silent and well");
            browser.expect("\"op\":\"goaway\"");
            browser.expect("closed 1001");
        }
    }
}
