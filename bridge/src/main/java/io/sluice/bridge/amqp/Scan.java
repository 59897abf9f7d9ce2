package io.sluice.bridge.amqp;

import io.sluice.bridge.History.Entry;
import io.sluice.bridge.History.Read.Batch;
import io.sluice.bridge.Marker;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One scan: reads a stream from an offset on, batch by batch, for whoever wants it, until it meets the window. On a thread of a slot. */
final class Scan implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Scan.class);
    /** Messages read for one batch, whoever's they are. */
    private static final int MOST_READ = 4 * StreamEntries.BATCH_MESSAGES;

    private static final long MORE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** What a scan needs of those who read it. Called on its thread. */
    interface Readers {
        /** Whether to read on; waits while nobody wants more. */
        boolean wantMore(Scan scan) throws InterruptedException;

        void read(Scan scan, Batch batch, long bytes, int messages);

        /** What stood before {@code offset} is gone. */
        void lost(Scan scan, long offset);

        void ended(Scan scan, boolean failed);
    }

    private final Readers readers;
    private final StreamAccess access;
    private final StreamLog log;
    private final Rule rule;
    private final String stream;
    private final Intake intake;
    private final long start;
    private final RecentChunks recent;
    private final long startedNanos = System.nanoTime();
    private @Nullable Marker passed;

    Scan(Readers readers, StreamAccess access, StreamLog log, Rule rule, String stream, Intake intake, long start) {
        this.readers = readers;
        this.access = access;
        this.log = log;
        this.rule = rule;
        this.stream = stream;
        this.intake = intake;
        this.start = start;
        this.recent = new RecentChunks(start);
    }

    StreamLog log() {
        return log;
    }

    StreamAccess access() {
        return access;
    }

    RecentChunks recent() {
        return recent;
    }

    /** The offset of what it reads next. */
    long at() {
        return recent.end();
    }

    long startedNanos() {
        return startedNanos;
    }

    @Override
    public void run() {
        boolean failed = false;
        try (ContinuousReader reader = new ContinuousReader(access, Math.max(0, start - 1))) {
            read(reader);
        } catch (ContinuousReader.Trimmed trimmed) {
            readers.lost(this, trimmed.offset());
        } catch (IOException ended) {
            failed = true;
        } catch (RuntimeException failure) {
            LOG.error("rule {}: a scan has ended by a fault of Sluice", rule.name(), failure);
            failed = true;
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        } finally {
            readers.ended(this, failed);
        }
    }

    /** The message before the first wanted one must be there, or that one itself: then nothing behind it is missing. */
    private void read(ContinuousReader reader) throws IOException, InterruptedException {
        StreamMessage first = next(reader);
        if (first.offset() > start) {
            readers.lost(this, first.offset());
            return;
        }
        log.seenAt(first.offset());
        passed = MarkerBits.read(stream, first);
        StreamMessage pending = first.offset() < start ? null : first;
        while (readers.wantMore(this)) {
            readBatch(reader, pending == null ? next(reader) : pending);
            pending = null;
        }
    }

    private void readBatch(ContinuousReader reader, StreamMessage first) throws IOException, InterruptedException {
        List<Entry> entries = new ArrayList<>();
        long bytes = 0;
        long end = first.offset();
        int read = 0;
        for (StreamMessage next = first; next != null; next = reader.next(MORE_NANOS)) {
            end = next.offset() + 1;
            read++;
            Entry entry = entry(next);
            if (entry != null) {
                entries.add(entry);
                bytes += StreamEntries.bytes(entry);
            }
            if (entries.size() >= StreamEntries.BATCH_MESSAGES
                    || bytes >= StreamEntries.BATCH_BYTES
                    || read >= MOST_READ
                    || end >= log.window().from()) {
                break;
            }
        }
        readers.read(this, new Batch(Collections.unmodifiableList(entries), end), bytes, read);
    }

    private @Nullable Entry entry(StreamMessage message) {
        Marker marker = MarkerBits.read(stream, message);
        if (marker != null) {
            passed = marker;
            return null;
        }
        Marker near = passed == null ? log.markers().near(message.offset()) : passed;
        return intake.entry(rule, message, new Position(near, message.offset()));
    }

    /** Before the window something always follows. */
    private static StreamMessage next(ContinuousReader reader) throws IOException, InterruptedException {
        StreamMessage next = reader.next(StreamAccess.SILENCE_NANOS);
        if (next == null) {
            throw new IOException("the stream does not answer");
        }
        return next;
    }
}
