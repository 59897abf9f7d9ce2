package io.sluice.bridge.amqp;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Short reads of one message at some start, each in a slot; who asks for the same start at the same time shares one. For any thread. */
final class Looks {

    /** What stands there. */
    sealed interface Seen {}

    /** The first message at or behind the start. */
    record First(StreamMessage message) implements Seen {}

    /** The broker says that the stream ends before the start, a time. */
    record Nothing() implements Seen {}

    /** It cannot be looked at now: the stream does not answer, or not with an offset that may be beyond its end. */
    record Failed() implements Seen {}

    private static final Logger LOG = LoggerFactory.getLogger(Looks.class);
    private static final Seen NOTHING = new Nothing();
    private static final Seen FAILED = new Failed();

    private final Slots slots;
    private final Supplier<@Nullable StreamAccess> access;
    private final Map<Object, List<Consumer<Seen>>> waiting = new HashMap<>();

    Looks(Slots slots, Supplier<@Nullable StreamAccess> access) {
        this.slots = slots;
        this.access = access;
    }

    /** @param start as {@link StreamReader#open} takes it */
    void at(Object start, Consumer<Seen> answer) {
        synchronized (this) {
            List<Consumer<Seen>> others = waiting.get(start);
            if (others != null) {
                others.add(answer);
                return;
            }
            List<Consumer<Seen>> alone = new ArrayList<>();
            alone.add(answer);
            waiting.put(start, alone);
        }
        if (!slots.offer(() -> look(start))) {
            tell(start, FAILED);
        }
    }

    private void look(Object start) {
        Seen seen = FAILED;
        try {
            StreamAccess open = access.get();
            if (open != null) {
                seen = look(open, start);
            }
        } catch (IOException gone) {
            LOG.debug("look at {}: {}", start, gone.getMessage());
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        } finally {
            tell(start, seen);
        }
    }

    private static Seen look(StreamAccess open, Object start) throws IOException, InterruptedException {
        StreamMessage first = start instanceof Date time ? open.look(time) : open.look(start);
        if (first != null) {
            return new First(first);
        }
        return start instanceof Date ? NOTHING : FAILED;
    }

    private void tell(Object start, Seen seen) {
        List<Consumer<Seen>> answers;
        synchronized (this) {
            answers = waiting.remove(start);
        }
        if (answers == null) {
            return;
        }
        for (Consumer<Seen> answer : answers) {
            try {
                answer.accept(seen);
            } catch (RuntimeException failure) {
                LOG.error("A place could not be told: this is a fault of Sluice", failure);
            }
        }
    }
}
