package io.sluice.gateway.admin;

import io.sluice.gateway.operations.EventStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Somebody watches messages go by, for a while and so many of them; what the watcher is too slow for is left out and counted. Any
 * thread; never blocks.
 */
final class Tap {

    private static final Logger LOG = LoggerFactory.getLogger(Tap.class);

    /** @param payload whether the watcher sees what is in the messages */
    record Terms(boolean payload, Duration most, int messages) {}

    private final String what;
    private final Terms terms;
    private final EventStream stream;
    private final AtomicInteger seen = new AtomicInteger();
    private final AtomicInteger skipped = new AtomicInteger();
    private final AtomicInteger told = new AtomicInteger();

    /** @param what is watched, for the log */
    Tap(String what, Terms terms, EventStream stream) {
        this.what = what;
        this.terms = terms;
        this.stream = stream;
    }

    /**
     * Tells the log, and ends in time.
     *
     * @param address of the watcher
     * @param ended run once, when nobody watches any more
     */
    void begin(String address, Runnable ended) {
        LOG.info("{} taps {} for {} s, payload: {}", address, what, terms.most().toSeconds(), terms.payload());
        stream.onClose(() -> {
            LOG.info("the tap of {} has ended: {} messages, {} left out", what, told, skipped);
            ended.run();
        });
        stream.after(terms.most(), () -> end("time"));
    }

    boolean payload() {
        return terms.payload();
    }

    /** Whether one more message is wanted; if so it is to be told. */
    boolean wants() {
        int place = seen.incrementAndGet();
        if (place > terms.messages()) {
            end("messages");
        }
        return place <= terms.messages();
    }

    void tell(ObjectNode message) {
        if (stream.send("message", message.toString())) {
            told.incrementAndGet();
        } else {
            skipped.incrementAndGet();
        }
    }

    void end(String reason) {
        ObjectNode end = JsonMapper.shared().createObjectNode();
        end.put("reason", reason).put("messages", told.get()).put("skipped", skipped.get());
        stream.end("end", end.toString());
    }
}
