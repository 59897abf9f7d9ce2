package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.DeliverySink.Hole;
import io.sluice.bridge.History.Entry;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Feeds a resumable rule from a stream, which is bound once with the rule's pattern and read once per node. After an outage it reads on
 * where it stood, without a word to anybody, if the log is proven to be the same; else a new log begins and the sink is told of the gap.
 *
 * <p>What speaks to the broker is the tail's: it works on a thread of its own and may take its time.
 */
final class StreamFeed implements Feed {

    private static final long TOLD_MILLIS = 100;

    private final Rule rule;
    private final Rule.Resumable source;
    private final Intake intake;
    private final DeliverySink sink;
    private final MarkerPublisher markers;
    private final ExecutorService threads;
    private final int prefetch;
    private final Losses losses;
    private final Progress progress;
    private final StreamHistory history;

    /** Held while the sink is called, so that nothing is delivered after the end of an attachment. */
    private final Object turn = new Object();

    private volatile @Nullable StreamAccess current;
    private volatile boolean serving;
    /** One tail after the other, each on a thread of the pool. */
    private CompletableFuture<?> tails = CompletableFuture.completedFuture(null);

    // On the tails' threads, of which there is one at a time.
    private int numbers;
    private boolean hasServed;
    private boolean owesGap;

    StreamFeed(
            Rule rule,
            Rule.Resumable source,
            Intake intake,
            DeliverySink sink,
            MarkerPublisher markers,
            BridgeThreads threads,
            AmqpSettings settings,
            Losses losses,
            Progress progress) {
        this.rule = rule;
        this.source = source;
        this.intake = intake;
        this.sink = sink;
        this.markers = markers;
        this.threads = threads.histories();
        this.prefetch = settings.limits().prefetch();
        this.losses = losses;
        this.progress = progress;
        this.history = new StreamHistory(rule, source, intake, threads, settings.metrics());
    }

    StreamHistory history() {
        return history;
    }

    @Override
    public boolean attached() {
        return current != null;
    }

    @Override
    public boolean serving() {
        return serving;
    }

    /** {@code ready} is not run here: the rule serves when the tail says so. */
    @Override
    public @Nullable String attach(Connection connection, Runnable ready) throws IOException {
        StreamDeclaration declaration = new StreamDeclaration(connection, source);
        boolean fresh;
        try {
            fresh = declaration.declare();
            declaration.bind(rule.match().toString());
        } catch (IOException | ShutdownSignalException failure) {
            AMQP.Channel.Close refusal = Reason.channelClose(failure);
            if (refusal == null) {
                throw new IOException("no answer", failure);
            }
            return "The stream '" + source.stream() + "' cannot be used: " + refusal.getReplyText() + "."
                    + Reason.remedy(refusal, "configure, write and read on the stream, and read on the exchange");
        }
        StreamAccess access = new StreamAccess(connection, source.stream(), prefetch);
        current = access;
        StreamTail tail = new StreamTail(this, rule, source, access, markers, intake, fresh);
        tails = tails.handleAsync(
                (before, failed) -> {
                    tail.run();
                    return null;
                },
                threads);
        return null;
    }

    @Override
    public @Nullable String reassert(Topology topology) throws IOException {
        return topology.rebind(source.stream(), source.exchange(), rule.match().toString());
    }

    @Override
    public void detach() {
        StreamAccess ended;
        synchronized (turn) {
            ended = current;
            current = null;
            serving = false;
        }
        if (ended != null) {
            ended.end("detached");
            history.disconnected();
        }
    }

    /** The log that was followed so far; null where there is none, or it was disproved. */
    @Nullable
    StreamLog log() {
        return history.log();
    }

    int nextNumber() {
        return ++numbers;
    }

    /** The stream is not the log that was followed, or what was not read of it is gone. */
    void disproved() {
        history.forget();
        owesGap = hasServed;
    }

    /** The tail stands behind the end of {@code log}: the rule is available, and the gap, if there is one, is told; in this order. */
    void serves(StreamAccess access, StreamLog log) throws IOException, InterruptedException {
        synchronized (turn) {
            check(access);
            history.serve(log, access);
            serving = true;
        }
        CountDownLatch told = new CountDownLatch(1);
        progress.serves(this, told::countDown);
        while (!told.await(TOLD_MILLIS, TimeUnit.MILLISECONDS)) {
            access.check();
        }
        synchronized (turn) {
            check(access);
            hasServed = true;
            if (owesGap) {
                owesGap = false;
                intake.guarded(rule, () -> sink.gap(rule, Hole.HISTORY, -1));
            }
        }
    }

    /** The tail cannot go on yet. */
    void waits(StreamAccess access, String reason) {
        if (access == current) {
            progress.waits(this, reason);
        }
    }

    void deliver(StreamAccess access, StreamLog log, StreamMessage message) throws IOException {
        synchronized (turn) {
            check(access);
            Position position = log.position(message.offset());
            Entry entry = intake.received(rule, message, position);
            log.append(position, entry);
            if (entry instanceof Delivery delivery) {
                intake.guarded(rule, () -> sink.deliver(delivery));
            } else if (entry != null) {
                intake.guarded(rule, () -> sink.tooLarge(rule, entry.topic(), position));
            }
        }
    }

    /** The tail has ended. Where the connection is gone its link tells. */
    void ended(StreamAccess access, String reason) {
        if (access == current && access.connected()) {
            losses.lost(this, reason);
        }
    }

    private void check(StreamAccess access) throws IOException {
        if (access != current) {
            throw new StreamReader.Ended("detached");
        }
    }
}
