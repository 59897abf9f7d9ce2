import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Every feature that the configuration of Compose offers, through a running gateway that has no more than the least-privilege user's
 * permissions, and the sample publisher beside it. Leaves a trace in every metric that is counted on use.
 *
 * <p>Run by scripts/check-compose, with its environment and GATEWAY, the address of /ws; ORIGIN, a listed one; TOKEN, for alice, who has the
 * role worker. Exit code 1 at the first thing that does not work.
 */
final class GatewayFeatures {

    private static final URI GATEWAY = URI.create(System.getenv("GATEWAY"));
    private static final String TOKEN = System.getenv("TOKEN");
    private static final String ADMIN = System.getenv("SLUICE_ADMIN_TOKEN");

    private final Channel backEnd;
    private final BlockingQueue<String> sessionEvents = new LinkedBlockingQueue<>();

    private GatewayFeatures(Channel backEnd) {
        this.backEnd = backEnd;
    }

    public static void main(String[] arguments) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri("amqp://admin:" + System.getenv("ADMIN_AMQP_PASSWORD") + "@127.0.0.1:" + System.getenv("AMQP_PORT") + "/sluice");
        try (Connection connection = factory.newConnection("back end");
                Channel channel = connection.createChannel()) {
            new GatewayFeatures(channel).use();
        }
        System.out.println("gateway features: all there, " + GATEWAY.getScheme());
        System.exit(0);
    }

    private void use() throws Exception {
        hear("sluice.events", "session.#", sessionEvents);
        try (Browser anonymous = open(null);
                Browser alice = open(TOKEN)) {
            anonymous.expect("\"op\":\"welcome\"");
            String session = Browser.field(alice.expect("\"op\":\"welcome\"", "alice"), "session");
            live(anonymous, alice);
            resumable(alice);
            work(alice);
            publishes(alice);
            requests(alice);
            refusals(anonymous, alice);
            admin(session);
            disconnects(alice);
        }
        check(operations("health/live").contains("live") && operations("health/ready").contains("ready"), "health");
        for (String exchange : new String[] {"market", "notices", "chat"}) {
            backEnd.exchangeDeclarePassive("sluice.mark." + exchange);
        }
    }

    private void live(Browser anonymous, Browser alice) throws Exception {
        anonymous.ask("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"prices.#\"}");
        anonymous.expect("\"op\":\"message\"", "\"topic\":\"prices.eur.", "\"bid\":");
        alice.ask("{\"op\":\"subscribe\",\"id\":1,\"topics\":[\"users.alice.#\",\"chat.*\"]}");
        publish("notices", "users.alice.mail", "{\"unread\":3}");
        alice.expect("\"op\":\"message\"", "\"topic\":\"users.alice.mail\"", "{\"unread\":3}");
    }

    /** Goes away with a position, and gets what it missed. */
    private void resumable(Browser alice) throws Exception {
        alice.ask("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"trades.#\"}");
        publish("market", "trades.eur", "{\"trade\":1}");
        String position = Browser.field(alice.expect("\"op\":\"message\"", "{\"trade\":1}"), "position");
        alice.ask("{\"op\":\"unsubscribe\",\"id\":1,\"topic\":\"trades.#\"}");
        publish("market", "trades.eur", "{\"trade\":2}");
        alice.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"trades.#\",\"from\":{\"position\":\"" + position + "\"}}");
        alice.expect("\"id\":1", "\"recovered\":true");
        alice.expect("\"op\":\"message\"", "{\"trade\":2}");
        try (Browser other = open(TOKEN)) {
            other.expect("\"op\":\"welcome\"");
            other.ask("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"trades.#\",\"from\":{\"last\":2}}");
            other.expect("{\"trade\":1}");
            other.expect("{\"trade\":2}");
        }
    }

    /** A job is given back once and then done. */
    private void work(Browser alice) throws Exception {
        alice.ask("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"jobs.resize\"}");
        // With no id, as its ok may come before the job or behind it.
        alice.send("{\"op\":\"publish\",\"topic\":\"jobs.resize\",\"data\":{\"job\":1}}");
        String first = alice.expect("\"op\":\"message\"", "{\"job\":1}");
        alice.send("{\"op\":\"nack\",\"tag\":" + Browser.field(first, "tag") + "}");
        String again = alice.expect("\"op\":\"message\"", "{\"job\":1}", "\"redelivered\":true");
        alice.send("{\"op\":\"ack\",\"tag\":" + Browser.field(again, "tag") + "}");
        alice.ask("{\"op\":\"unsubscribe\",\"id\":1,\"topic\":\"jobs.resize\"}");
        check(backEnd.messageCount("resize-jobs") == 0, "a job that is acked has left the queue");
    }

    private void publishes(Browser alice) throws Exception {
        String queue = backEnd.queueDeclare().getQueue();
        backEnd.queueBind(queue, "chat", "#");
        alice.ask("{\"op\":\"publish\",\"id\":1,\"topic\":\"chat.lobby\",\"data\":{\"text\":\"hello\"},\"key\":\"k1\"}");
        GetResponse arrived = backEnd.basicGet(queue, true);
        check(arrived != null && "sluice".equals(arrived.getProps().getAppId()), "a publish arrives at a back end");
        check("alice".equals(arrived.getProps().getHeaders().get("x-sluice-user").toString()), "it says who sent it");
        alice.send("{\"op\":\"publish\",\"id\":1,\"topic\":\"chat.lobby\",\"data\":{\"text\":\"hello\"},\"key\":\"k1\"}");
        alice.expect("\"op\":\"ok\"", "\"duplicate\":true");
    }

    /** First with no back end, then with one. */
    private void requests(Browser alice) throws Exception {
        String ask = "{\"op\":\"request\",\"id\":9,\"topic\":\"rpc.add\",\"data\":[1,2]}";
        alice.send(ask);
        alice.expect("\"op\":\"error\"", "\"id\":9", "\"code\":\"unroutable\"");
        String queue = backEnd.queueDeclare().getQueue();
        backEnd.queueBind(queue, "rpc", "rpc.add");
        backEnd.basicConsume(
                queue,
                true,
                (tag, request) -> backEnd.basicPublish(
                        "",
                        request.getProperties().getReplyTo(),
                        new BasicProperties.Builder()
                                .correlationId(request.getProperties().getCorrelationId())
                                .build(),
                        "3".getBytes(UTF_8)),
                tag -> {});
        alice.send(ask);
        alice.expect("\"op\":\"reply\"", "\"id\":9", "\"data\":3");
    }

    private void refusals(Browser anonymous, Browser alice) throws Exception {
        alice.send("{\"op\":\"publish\",\"id\":4,\"topic\":\"prices.eur.usd\",\"data\":{\"bid\":0}}");
        alice.expect("\"op\":\"error\"", "\"id\":4", "\"code\":\"forbidden\"");
        anonymous.send("{\"op\":\"subscribe\",\"id\":5,\"topic\":\"users.alice.#\"}");
        anonymous.expect("\"op\":\"error\"", "\"id\":5", "\"code\":\"forbidden\"");
        try (Browser unknown = open("no.token.atall")) {
            unknown.expect("closed 4401");
        }
        anonymous.send("x".repeat(70_000));
        anonymous.expect("closed 1009");
    }

    private void admin(String session) throws Exception {
        check(operations("admin/sessions/" + session).contains("\"principal\":\"alice\""), "the admin API knows a session");
        check(operations("admin/broker").contains("\"connected\":true"), "the admin API knows the broker");
        String rules = operations("admin/rules");
        check(!rules.contains("\"available\":false") && rules.contains("market.trades"), "every rule is available: " + rules);
    }

    /** Through the control exchange; and the events told of it, and of what was before. */
    private void disconnects(Browser alice) throws Exception {
        backEnd.basicPublish("sluice.control", "", null, "{\"op\":\"disconnect\",\"principal\":\"alice\"}".getBytes(UTF_8));
        alice.expect("closed 4403");
        String event;
        do {
            event = sessionEvents.poll(20, TimeUnit.SECONDS);
            check(event != null, "an event tells of the disconnect");
        } while (!event.contains("\"code\":4403"));
    }

    private static Browser open(String token) throws Exception {
        return Browser.open(GATEWAY, System.getenv("ORIGIN"), token);
    }

    private void hear(String exchange, String bindingKey, BlockingQueue<String> into) throws Exception {
        String queue = backEnd.queueDeclare().getQueue();
        backEnd.queueBind(queue, exchange, bindingKey);
        backEnd.basicConsume(queue, true, (tag, event) -> into.add(new String(event.getBody(), UTF_8)), tag -> {});
    }

    private void publish(String exchange, String routingKey, String body) throws Exception {
        backEnd.basicPublish(exchange, routingKey, null, body.getBytes(UTF_8));
    }

    private static String operations(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + System.getenv("SLUICE_OPERATIONS_PORT") + '/' + path);
        HttpRequest request = HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + ADMIN).build();
        return Browser.HTTP.send(request, BodyHandlers.ofString()).body();
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("does not hold: " + what);
        }
    }
}
