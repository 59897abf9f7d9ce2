package io.sluice.gateway;

import io.sluice.gateway.Ledger.Entry;
import io.sluice.gateway.Ledger.Outcome;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/** Publishes a number every so often, to its topics in turn, and enters what it is told of each. */
final class LedgerPublisher extends LedgerSession {

    private final List<String> topics;
    private final Map<Integer, Entry> owed = new ConcurrentHashMap<>();
    /** How many of each topic were confirmed. */
    private final AtomicIntegerArray confirmed;

    private final ScheduledFuture<?> publishing;
    private volatile boolean stopped;
    private volatile boolean welcomed;
    private int epoch;
    private int number;

    LedgerPublisher(
            String name,
            Ledger ledger,
            List<String> topics,
            Duration every,
            IntFunction<URI> nodes,
            ScheduledExecutorService timer) {
        super(name, ledger, nodes, timer);
        this.topics = topics;
        confirmed = new AtomicIntegerArray(topics.size());
        publishing =
                timer.scheduleAtFixedRate(this::publish, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Publishes nothing more; what is under way is still awaited. */
    void stop() {
        stopped = true;
        publishing.cancel(false);
    }

    /** How many were confirmed, topic by topic. */
    List<Integer> confirmed() {
        return IntStream.range(0, topics.size()).mapToObj(confirmed::get).toList();
    }

    @Override
    synchronized void opened() {
        epoch++;
        welcomed = true;
    }

    @Override
    void received(JsonNode message) {
        int id = message.path("id").asInt(-1);
        Entry entry = owed.remove(id);
        if (entry != null) {
            Outcome outcome = outcome(message);
            ledger.settled(entry, outcome);
            if (outcome == Outcome.CONFIRMED) {
                confirmed.incrementAndGet(topics.indexOf(entry.topic()));
            }
        }
    }

    @Override
    synchronized void lost() {
        welcomed = false;
        owed.forEach((id, entry) -> {
            if (owed.remove(id, entry)) {
                ledger.settled(entry, Outcome.CUT);
            }
        });
    }

    @Override
    boolean complete() {
        return owed.isEmpty();
    }

    private synchronized void publish() {
        if (stopped || !welcomed) {
            return;
        }
        int id = number++;
        String topic = topics.get(id % topics.size());
        Entry entry = new Entry(topic, name + "#" + epoch, id);
        owed.put(id, entry);
        ledger.sent(entry);
        send("{\"op\":\"publish\",\"id\":%d,\"topic\":\"%s\",\"data\":%s}".formatted(id, topic, entry.body()));
    }

    private static Outcome outcome(JsonNode message) {
        if (message.path("op").asString().equals("ok")) {
            return Outcome.CONFIRMED;
        }
        return message.has("outcome") ? Outcome.UNKNOWN : Outcome.REFUSED;
    }
}
