package io.sluice.bench.suite;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.sluice.bench.client.Stamp;
import io.sluice.bench.client.Subscribers;
import io.sluice.bench.client.Talk;
import io.sluice.bench.load.Load;
import io.sluice.bench.server.Contender;
import io.sluice.bench.server.Server;
import io.sluice.bench.server.SluiceServer;
import java.util.List;

/** From browsers to AMQP, each publish confirmed: 100 clients, 100 messages a second each, one consumer behind. */
final class PublishSuite implements Suite {

    private static final String SCENARIO = "publish-100x100";
    private static final String TOPIC = "bench.in";
    private static final int CLIENTS = 100;
    private static final int PER_SECOND = 100;

    /** Ten thousand messages a second are few for a JIT compiler: it comes back to their way for twenty seconds. */
    private static final int WARM_UPS = 4;

    /** Makes a frame of about 128 bytes' payload. */
    private static final String BODY = "x".repeat(126);

    @Override
    public String name() {
        return "publish";
    }

    @Override
    public boolean comparesPairs() {
        return false;
    }

    @Override
    public void measure(Run run, int round) throws Exception {
        run.attempt(SCENARIO, Contender.SLUICE, round, () -> {
            // No grant to subscribe: the gateway then has no queue of its own on the exchange.
            try (Server server =
                    SluiceServer.DEFAULT.withPermission("publish: [\"#\"]").start(run.broker())) {
                publish(run, server, Contender.SLUICE, "\"op\":\"ok\"", round);
            }
        });
        run.broker().settle();
        run.attempt(SCENARIO, Contender.WEB_STOMP, round, () -> {
            try (Server server = Contender.WEB_STOMP.start(run.broker())) {
                publish(run, server, Contender.WEB_STOMP, "RECEIPT", round);
            }
        });
        run.broker().settle();
    }

    private static void publish(Run run, Server server, Contender who, String confirmed, int round) throws Exception {
        try (Connection backEnd = consume(run);
                Subscribers clients = Subscribers.connect(server.endpoint(), CLIENTS, client -> List.of())) {
            clients.expectAnswers(confirmed);
            Talk.Script script = (turn, intended) ->
                    server.endpoint().dialect().publishing().message(TOPIC, Stamp.of(intended), BODY);
            Load load = run.load(server, clients);
            try (Talk talk = clients.talk(CLIENTS * PER_SECOND, script)) {
                load.warmUp(WARM_UPS * run.settings().warmUpSeconds());
            }
            // While it warms up it may fall behind, and what it owes then would be measured with the rest.
            load.settle();
            try (Talk talk = clients.talk(CLIENTS * PER_SECOND, script)) {
                run.record(SCENARIO, who, round, load.observe(run.settings().seconds()));
            }
            load.settle();
        }
    }

    private static Connection consume(Run run) throws Exception {
        Connection connection = run.broker().connect();
        Channel channel = connection.createChannel();
        String queue = channel.queueDeclare().getQueue();
        channel.queueBind(queue, "amq.topic", TOPIC);
        channel.basicConsume(queue, true, (tag, delivery) -> {}, tag -> {});
        return connection;
    }
}
