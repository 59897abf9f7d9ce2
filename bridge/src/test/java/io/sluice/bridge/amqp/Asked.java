package io.sluice.bridge.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.History;
import io.sluice.bridge.History.Located;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.History.Read;
import io.sluice.bridge.History.Start;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.TopicPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A history, asked by one who waits for the answers. */
record Asked(History history) {

    private static final TopicPattern ALL = TopicPattern.of("#");

    Located locate(Start start) {
        return locate(start, ALL);
    }

    Located locate(Start start, TopicPattern pattern) {
        return answer(to -> history.locate(start, pattern::matches, to));
    }

    /** Where a start stands that is to be found. */
    Place place(Start start) {
        return place(start, ALL);
    }

    Place place(Start start, TopicPattern pattern) {
        Located located = locate(start, pattern);
        if (located instanceof Located.At at) {
            return at.place();
        }
        throw new AssertionError(start + ": " + located);
    }

    Read read(int log, long from) {
        return answer(to -> history.read(log, from, to));
    }

    /** The bodies of all that stands behind {@code place}, up to the newest. */
    List<String> bodiesAfter(Place place) {
        List<String> bodies = new ArrayList<>();
        entriesAfter(place).forEach(entry -> bodies.add(body(entry)));
        return bodies;
    }

    List<History.Entry> entriesAfter(Place place) {
        List<History.Entry> entries = new ArrayList<>();
        long next = place.next();
        while (true) {
            Read read = read(place.log(), next);
            if (!(read instanceof Read.Batch batch)) {
                throw new AssertionError("at " + next + ": " + read);
            }
            if (batch.end() == next && batch.entries().isEmpty()) {
                return entries;
            }
            long asked = next;
            batch.entries().stream().filter(entry -> entry.offset() >= asked).forEach(entries::add);
            next = batch.end();
        }
    }

    static Position position(Delivery delivery) {
        return Objects.requireNonNull(delivery.position());
    }

    static Start after(Delivery delivery) {
        return new History.After(position(delivery));
    }

    static String body(History.Entry entry) {
        return entry instanceof Delivery delivery ? new String(delivery.body(), UTF_8) : "too large";
    }

    private static <T> T answer(Consumer<Consumer<T>> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        question.accept(given -> {
            if (!answer.complete(given)) {
                throw new AssertionError("answered twice");
            }
        });
        return answer.orTimeout(30, TimeUnit.SECONDS).join();
    }
}
