import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What must pass a proxy between a browser and a gateway: the upgrade, messages both ways, a large one, silence that is longer than the
 * proxy's timeout and broken by the gateway's pings alone, and the gateway's goodbye with its close code.
 *
 * <p>Run by scripts/check-proxies, with its environment; its argument is the address of /ws behind the proxy. At the end it tells the script,
 * by the line "silent and well", to drain the gateway.
 */
final class ProxyPassage implements WebSocket.Listener {

    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final StringBuilder partial = new StringBuilder();

    public static void main(String[] arguments) throws Exception {
        new ProxyPassage().pass(URI.create(arguments[0]));
        System.exit(0);
    }

    private void pass(URI uri) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri("amqp://admin:" + System.getenv("ADMIN_AMQP_PASSWORD") + "@127.0.0.1:" + System.getenv("AMQP_PORT") + "/sluice");
        try (Connection backEnd = factory.newConnection("back end");
                Channel channel = backEnd.createChannel()) {
            WebSocket socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .header("Origin", "http://localhost:3000")
                    .subprotocols("sluice.v1.json", "bearer." + System.getenv("TOKEN"))
                    .buildAsync(uri, this)
                    .get(20, TimeUnit.SECONDS);
            expect("\"op\":\"welcome\"");
            socket.sendText("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"chat.*\"}", true);
            expect("\"id\":1");
            String large = "x".repeat(60_000);
            socket.sendText("{\"op\":\"publish\",\"id\":2,\"topic\":\"chat.lobby\",\"text\":\"" + large + "\"}", true);
            expect(large);
            channel.basicPublish("chat", "chat.lobby", null, "\"down\"".getBytes(StandardCharsets.UTF_8));
            expect("\"down\"");
            TimeUnit.SECONDS.sleep(6);
            channel.basicPublish("chat", "chat.lobby", null, "\"later\"".getBytes(StandardCharsets.UTF_8));
            expect("\"later\"");
            System.out.println("silent and well");
            expect("\"op\":\"goaway\"");
            expect("closed 1001");
        }
    }

    private void expect(String part) throws Exception {
        String event;
        do {
            event = events.poll(20, TimeUnit.SECONDS);
            if (event == null || event.startsWith("failed")) {
                throw new AssertionError("expected " + part.substring(0, Math.min(40, part.length())) + ", and then came " + event);
            }
        } while (!event.contains(part));
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        partial.append(data);
        if (last) {
            events.add(partial.toString());
            partial.setLength(0);
        }
        from.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        events.add("closed " + code);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        events.add("failed " + error);
    }
}
