package io.sluice.bridge.amqp;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream with nothing missing, or says so. A stream has offsets at which nothing stands (one where a segment begins), and a reader
 * that is overrun by retention jumps without a word; both look the same. So behind each jump the message before it is read once more: it
 * is still there, hence nothing behind it was cut.
 */
final class ContinuousReader implements AutoCloseable {

    /** What stood between two messages is gone. */
    static final class Trimmed extends IOException {
        private static final long serialVersionUID = 1;

        private final long offset;

        Trimmed(long offset) {
            super("messages before the offset " + offset + " were trimmed");
            this.offset = offset;
        }

        /** Of the first message that was found behind the hole. */
        long offset() {
            return offset;
        }
    }

    private static final long NONE = -1;

    private final StreamAccess access;
    private final StreamReader reader;
    private long last = NONE;

    ContinuousReader(StreamAccess access, Object start) throws IOException {
        this.access = access;
        this.reader = access.open(start);
    }

    /**
     * The next message; null where none comes in time.
     *
     * @throws Trimmed before it others are missing
     */
    @Nullable
    StreamMessage next(long nanos) throws IOException, InterruptedException {
        StreamMessage next = reader.next(nanos);
        if (next == null) {
            return null;
        }
        if (last != NONE && next.offset() != last + 1 && !access.holds(last)) {
            throw new Trimmed(next.offset());
        }
        last = next.offset();
        return next;
    }

    @Override
    public void close() {
        access.close(reader);
    }
}
