import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Every feature that the configuration of Compose offers, through a running gateway that has no more than the least-privilege user's
 * permissions, and the sample publisher beside it. Leaves a trace in every metric that is counted on use.
 *
 * <p>Run by scripts/check-compose, with its environment and GATEWAY, the address of /ws; ORIGIN, a listed one; TOKEN, for alice. Exit code 1 at the first thing that does not work.
 */
final class GatewayFeatures {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final URI GATEWAY = URI.create(System.getenv("GATEWAY"));
    private static final String ORIGIN = System.getenv("ORIGIN");

    public static void main(String[] arguments) throws Exception {
        try (Connection backEnd = backEnd();
                Channel channel = backEnd.createChannel();
                Client anonymous = Client.open(null);
                Client alice = Client.open(System.getenv("TOKEN"))) {
            anonymous.expect("\"op\":\"welcome\"");
            alice.expect("\"op\":\"welcome\"", "alice");

            anonymous.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"prices.#\"}");
            anonymous.expect("\"op\":\"ok\"", "\"id\":1");
            anonymous.expect("\"op\":\"message\"", "\"topic\":\"prices.eur.", "\"bid\":");

            alice.send("{\"op\":\"subscribe\",\"id\":2,\"topics\":[\"users.alice.#\",\"chat.*\"]}");
            alice.expect("\"op\":\"ok\"", "\"id\":2");
            channel.basicPublish("notices", "users.alice.mail", null, "{\"unread\":3}".getBytes(StandardCharsets.UTF_8));
            alice.expect("\"op\":\"message\"", "\"topic\":\"users.alice.mail\"", "{\"unread\":3}");

            String queue = channel.queueDeclare().getQueue();
            channel.queueBind(queue, "chat", "#");
            alice.send("{\"op\":\"publish\",\"id\":3,\"topic\":\"chat.lobby\",\"data\":{\"text\":\"hello\"},\"key\":\"k1\"}");
            alice.expect("\"op\":\"ok\"", "\"id\":3");
            GetResponse arrived = channel.basicGet(queue, true);
            check(arrived != null && "sluice".equals(arrived.getProps().getAppId()), "a publish arrives at a back end");
            check("alice".equals(arrived.getProps().getHeaders().get("x-sluice-user").toString()), "it says who sent it");

            alice.send("{\"op\":\"publish\",\"id\":4,\"topic\":\"prices.eur.usd\",\"data\":{\"bid\":0}}");
            alice.expect("\"op\":\"error\"", "\"id\":4", "\"code\":\"forbidden\"");
            anonymous.send("{\"op\":\"subscribe\",\"id\":5,\"topic\":\"users.alice.#\"}");
            anonymous.expect("\"op\":\"error\"", "\"id\":5", "\"code\":\"forbidden\"");
            try (Client unknown = Client.open("no.token.atall")) {
                unknown.expect("closed 4401");
            }
            anonymous.send("x".repeat(70_000));
            anonymous.expect("closed 1009");
        }
        check(get("/health/live").contains("live") && get("/health/ready").contains("ready"), "health");
        System.out.println("gateway features: all there, " + GATEWAY.getScheme());
        System.exit(0);
    }

    private static String get(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + System.getenv("SLUICE_OPERATIONS_PORT") + path);
        return HTTP.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("does not hold: " + what);
        }
    }

    private static Connection backEnd() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri("amqp://admin:" + System.getenv("ADMIN_AMQP_PASSWORD") + "@127.0.0.1:" + System.getenv("AMQP_PORT") + "/sluice");
        return factory.newConnection("back end");
    }

    /** A browser, as far as the gateway can tell: it has an Origin. */
    private static final class Client implements WebSocket.Listener, AutoCloseable {
        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        private final List<String> seen = new ArrayList<>();
        private final StringBuilder partial = new StringBuilder();
        private WebSocket socket;

        static Client open(String token) throws Exception {
            Client client = new Client();
            WebSocket.Builder builder = HTTP.newWebSocketBuilder();
            if (token != null) {
                builder.subprotocols("sluice.v1.json", "bearer." + token);
            }
            client.socket = builder.header("Origin", ORIGIN).buildAsync(GATEWAY, client)
                    .get(10, TimeUnit.SECONDS);
            return client;
        }

        void send(String text) throws Exception {
            socket.sendText(text, true).get(10, TimeUnit.SECONDS);
        }

        /** Waits for an event that holds all of {@code parts}. */
        void expect(String... parts) throws Exception {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (true) {
                String event = events.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (event == null) {
                    throw new AssertionError("expected " + List.of(parts) + " and saw only " + seen);
                }
                seen.add(event);
                if (List.of(parts).stream().allMatch(event::contains)) {
                    return;
                }
            }
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
            events.add("closed " + code + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            events.add("failed " + error);
        }

        @Override
        public void close() {
            socket.abort();
        }
    }
}
