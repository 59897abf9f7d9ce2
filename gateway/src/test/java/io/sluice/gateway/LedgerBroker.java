package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import io.sluice.gateway.Ledger.Entry;
import io.sluice.gateway.Ledger.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionTimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/** The broker's side of the {@link Ledger}: an exchange, and an audit queue that gets everything which is published to it. */
final class LedgerBroker {

    static final String EXCHANGE = "ledger";
    static final String AUDIT = "ledger.audit";

    private static final Logger LOG = LoggerFactory.getLogger(LedgerBroker.class);
    private static final JsonMapper JSON = JsonMapper.shared();

    private LedgerBroker() {}

    static void declare(Channel channel) throws IOException {
        channel.exchangeDeclare(EXCHANGE, BuiltinExchangeType.TOPIC, true);
        channel.queueDeclare(AUDIT, true, false, false, null);
        channel.queueBind(AUDIT, EXCHANGE, "#");
    }

    /** Empties the audit queue: all that it held, in its order. */
    static List<Entry> audited(Channel channel) throws IOException {
        List<Entry> all = new ArrayList<>();
        for (GetResponse next = channel.basicGet(AUDIT, true); next != null; next = channel.basicGet(AUDIT, true)) {
            all.add(entry(next.getEnvelope().getRoutingKey(), next.getBody()));
        }
        return all;
    }

    /** Publishes one message to each topic, as number {@code number} of a source of its own, and enters it as confirmed. */
    static void mark(Channel channel, Ledger ledger, List<String> topics, int number)
            throws IOException, InterruptedException, TimeoutException {
        for (String topic : topics) {
            Entry marker = new Entry(topic, "marker", number);
            ledger.sent(marker);
            channel.basicPublish(
                    EXCHANGE, topic, LedgerBackEnd.PROPERTIES, marker.body().getBytes(UTF_8));
            channel.waitForConfirmsOrDie(Ledger.PATIENCE.toMillis());
            ledger.settled(marker, Outcome.CONFIRMED);
        }
    }

    /** What {@code stream} has of topics that begin so, from its first message on, until it holds all of {@code wanted} and nothing more comes. */
    static List<Entry> log(Channel channel, String stream, String prefix, Set<Entry> wanted) throws IOException {
        List<Entry> log = new CopyOnWriteArrayList<>();
        channel.basicQos(1000);
        channel.basicConsume(
                stream,
                false,
                Map.of("x-stream-offset", "first"),
                (tag, delivery) -> {
                    channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
                    if (delivery.getEnvelope().getRoutingKey().startsWith(prefix)) {
                        log.add(entry(delivery.getEnvelope().getRoutingKey(), delivery.getBody()));
                    }
                },
                tag -> {});
        awhile(() -> new HashSet<>(log).containsAll(wanted));
        AtomicInteger before = new AtomicInteger(-1);
        await().pollInterval(Duration.ofMillis(500)).until(() -> before.getAndSet(log.size()) == log.size());
        return List.copyOf(log);
    }

    /** Until it is so, or for a minute: then it gives false, and the books will say what is missing. */
    static boolean awhile(Callable<Boolean> condition) {
        try {
            await().atMost(Duration.ofMinutes(1)).until(condition);
            return true;
        } catch (ConditionTimeoutException late) {
            LOG.warn("{}", late.getMessage());
            return false;
        }
    }

    private static Entry entry(String topic, byte[] body) {
        return LedgerSession.entry(topic, JSON.readTree(new String(body, UTF_8)));
    }
}
