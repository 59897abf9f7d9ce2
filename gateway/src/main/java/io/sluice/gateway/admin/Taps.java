package io.sluice.gateway.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.operations.EventStream;
import io.sluice.gateway.session.Session;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The taps of a node: of sessions, and of topics on their way from the broker to the hub. Any thread. */
public final class Taps extends PassingSink {

    /** At once. */
    private static final int MOST = 4;

    private static final int SHOWN_BYTES = 16 << 10;

    private record TopicTap(TopicPattern pattern, Tap tap) {}

    private final List<TopicTap> topics = new CopyOnWriteArrayList<>();
    private final Semaphore free = new Semaphore(MOST);

    public Taps(DeliverySink next) {
        super(next);
    }

    /** Whether there is room for one more; if so it is taken, and {@link #topic} or {@link #session} gives it back. */
    boolean take() {
        return free.tryAcquire();
    }

    /** Gives back what was taken and not used. */
    void giveBack() {
        free.release();
    }

    void topic(TopicPattern pattern, Tap.Terms terms, EventStream stream, String address) {
        TopicTap one = new TopicTap(pattern, new Tap("topic " + pattern, terms, stream));
        topics.add(one);
        one.tap().begin(address, () -> {
            topics.remove(one);
            free.release();
        });
    }

    /** On the event loop of {@code session}; one at a time watches it. */
    void session(Session session, Tap.Terms terms, EventStream stream, String address) {
        Tap tap = new Tap("session " + session.id(), terms, stream);
        boolean first = session.tap(new TappedFrames(tap));
        tap.begin(address, () -> {
            if (first) {
                session.untap();
            }
            free.release();
        });
        if (!first) {
            tap.end("tapped already");
        }
    }

    @Override
    public void deliver(Delivery delivery) {
        if (!topics.isEmpty()) {
            for (TopicTap one : topics) {
                if (one.pattern().matches(delivery.topic()) && one.tap().wants()) {
                    one.tap().tell(message(delivery, one.tap().payload()));
                }
            }
        }
        super.deliver(delivery);
    }

    private static ObjectNode message(Delivery delivery, boolean payload) {
        ObjectNode message = JsonMapper.shared().createObjectNode();
        message.put("at", Instant.now().toString());
        message.put("topic", delivery.topic());
        message.put("rule", delivery.rule().name());
        message.put("bytes", delivery.body().length);
        message.put("type", delivery.contentType());
        if (delivery.position() != null) {
            message.put("position", delivery.position().text());
        }
        if (payload) {
            byte[] body = delivery.body();
            message.put(
                    "text", new String(body.length <= SHOWN_BYTES ? body : Arrays.copyOf(body, SHOWN_BYTES), UTF_8));
        }
        return message;
    }
}
