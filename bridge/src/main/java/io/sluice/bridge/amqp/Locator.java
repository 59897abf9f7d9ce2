package io.sluice.bridge.amqp;

import io.sluice.bridge.History;
import io.sluice.bridge.History.Located;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.History.Start;
import io.sluice.bridge.Marker;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds where a start stands in a log, from memory where it can, else by short reads in a slot. What it says of a position is proven: its
 * marker stands in the log, and nothing behind the position is missing. For any thread; bounded in what may wait.
 */
final class Locator {

    private static final Logger LOG = LoggerFactory.getLogger(Locator.class);
    static final Located UNAVAILABLE = new Located.Unavailable();
    static final Located UNPROVEN = new Located.Unproven();
    static final int MOST_WAITING = 10_000;

    /** Another node may have told of a message that this one has not read yet; but not of one far away. */
    private static final long AHEAD_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long AHEAD_OFFSETS = 100_000;
    private static final int MOST_AHEAD = 1_000;

    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final String stream;
    private final Supplier<@Nullable StreamAccess> access;
    private final SerialThread searches;
    private final Slots slots;
    private final Looks looks;
    private final Rule rule;
    private final Intake intake;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger aheads = new AtomicInteger();

    Locator(
            Rule rule,
            Rule.Resumable source,
            Intake intake,
            Slots slots,
            Supplier<@Nullable StreamAccess> access,
            SerialThread searches) {
        this.stream = source.stream();
        this.access = access;
        this.searches = searches;
        this.slots = slots;
        this.looks = new Looks(slots, access);
        this.rule = rule;
        this.intake = intake;
    }

    void locate(StreamLog log, Start start, Predicate<String> topics, Consumer<Located> answer) {
        if (waiting.incrementAndGet() > MOST_WAITING) {
            waiting.decrementAndGet();
            answer.accept(UNAVAILABLE);
            return;
        }
        Consumer<Located> once = located -> {
            waiting.decrementAndGet();
            answer.accept(log.ended() ? UNAVAILABLE : located);
        };
        if (start instanceof History.After after) {
            after(log, after.position(), once);
        } else if (start instanceof History.Last some) {
            searches.run(() -> last(log, some.count(), topics, once));
        } else if (start instanceof History.Time time) {
            time(log, time.time(), once);
        } else {
            first(log, once);
        }
    }

    private void after(StreamLog log, Position position, Consumer<Located> answer) {
        if (position.marker().stream() != stream.hashCode()) {
            answer.accept(UNPROVEN);
        } else if (ahead(log, position) == 0) {
            prove(log, position, answer);
        } else if (ahead(log, position) > AHEAD_OFFSETS) {
            answer.accept(UNPROVEN);
        } else if (aheads.incrementAndGet() > MOST_AHEAD) {
            aheads.decrementAndGet();
            answer.accept(UNAVAILABLE);
        } else {
            await(log, position, System.nanoTime() + AHEAD_NANOS, located -> {
                aheads.decrementAndGet();
                answer.accept(located);
            });
        }
    }

    /** How far behind the end of the log it is; 0 if it is not. */
    private static long ahead(StreamLog log, Position position) {
        return Math.max(0, Math.max(position.marker().offset(), position.offset()) - log.offset());
    }

    private void await(StreamLog log, Position position, long deadline, Consumer<Located> answer) {
        searches.runIn(AGAIN_NANOS, () -> {
            if (ahead(log, position) == 0) {
                prove(log, position, answer);
            } else if (log.ended() || System.nanoTime() - deadline > 0) {
                answer.accept(UNPROVEN);
            } else {
                await(log, position, deadline, answer);
            }
        });
    }

    private void prove(StreamLog log, Position position, Consumer<Located> answer) {
        Marker marker = position.marker();
        switch (log.markers().of(marker)) {
            case KNOWN -> complete(log, position, answer);
            case FOREIGN -> answer.accept(UNPROVEN);
            case OLDER ->
                looks.at(marker.offset(), seen -> {
                    if (seen instanceof Looks.First first) {
                        log.seenAt(first.message().offset());
                        if (marker.equals(MarkerBits.read(stream, first.message()))) {
                            complete(log, position, answer);
                        } else {
                            answer.accept(UNPROVEN);
                        }
                    } else {
                        answer.accept(UNAVAILABLE);
                    }
                });
        }
    }

    private void complete(StreamLog log, Position position, Consumer<Located> answer) {
        Located proven = new Located.At(new Place(log.number(), position), false);
        if (log.completeBehind(position.offset())) {
            answer.accept(proven);
            return;
        }
        looks.at(Math.max(0, position.offset()), seen -> {
            if (seen instanceof Looks.First first) {
                log.seenAt(first.message().offset());
                answer.accept(first.message().offset() <= position.offset() + 1 ? proven : UNPROVEN);
            } else {
                answer.accept(UNAVAILABLE);
            }
        });
    }

    private void first(StreamLog log, Consumer<Located> answer) {
        looks.at(StreamReader.FIRST, seen -> answer.accept(before(log, seen, UNAVAILABLE)));
    }

    /** The broker knows times of chunks, in whole seconds. Only where it says that none follows is there nothing newer. */
    @SuppressWarnings("JavaUtilDate") // the client's type for an AMQP timestamp
    private void time(StreamLog log, Instant time, Consumer<Located> answer) {
        Located newest = new Located.At(log.newest(), false);
        if (!time.isBefore(Instant.now())) {
            answer.accept(newest);
            return;
        }
        Instant earliest = time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time.truncatedTo(ChronoUnit.SECONDS);
        looks.at(Date.from(earliest), seen -> answer.accept(before(log, seen, newest)));
    }

    private static Located before(StreamLog log, Looks.Seen seen, Located nothing) {
        if (seen instanceof Looks.First first) {
            log.seenAt(first.message().offset());
            return new Located.At(log.before(first.message().offset()), false);
        }
        return seen instanceof Looks.Nothing ? nothing : UNAVAILABLE;
    }

    private void last(StreamLog log, int count, Predicate<String> topics, Consumer<Located> answer) {
        LastSearch search = new LastSearch(log, topics, count);
        if (search.inWindow()) {
            answer.accept(search.place());
        } else if (!slots.offer(() -> answer.accept(lastBefore(search)))) {
            answer.accept(UNAVAILABLE);
        }
    }

    private Located lastBefore(LastSearch search) {
        StreamAccess open = access.get();
        if (open == null) {
            return UNAVAILABLE;
        }
        try {
            search.in(open, rule, intake);
            return search.place();
        } catch (IOException gone) {
            LOG.debug("search in {}: {}", stream, gone.getMessage());
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
        return UNAVAILABLE;
    }
}
