package io.sluice.bridge.amqp;

import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.util.Date;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One stream over one connection, from an attachment to its end: everything that reads then ends at once. For any thread. */
final class StreamAccess {

    /** An offset that a stream holds is delivered well within this; silence says that it is beyond the end, or that nobody answers. */
    static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Connection connection;
    private final String stream;
    private final int prefetch;
    private final Set<StreamReader> open = ConcurrentHashMap.newKeySet();
    private volatile @Nullable String ended;

    StreamAccess(Connection connection, String stream, int prefetch) {
        this.connection = connection;
        this.stream = stream;
        this.prefetch = prefetch;
    }

    /**
     * See {@link StreamReader#open}; to be closed with {@link #close}.
     *
     * @throws IOException the broker refuses it, or this has ended
     */
    StreamReader open(Object start) throws IOException {
        check();
        StreamReader reader = StreamReader.open(connection, stream, start, prefetch);
        open.add(reader);
        String over = ended;
        if (over != null) {
            close(reader);
            throw new StreamReader.Ended(over);
        }
        return reader;
    }

    void close(StreamReader reader) {
        open.remove(reader);
        reader.close();
    }

    /** The first message from {@code start} on, an offset or {@link StreamReader#LAST}; null for silence. */
    @Nullable
    StreamMessage look(Object start) throws IOException, InterruptedException {
        StreamReader reader = open(start);
        try {
            return reader.next(SILENCE_NANOS);
        } finally {
            close(reader);
        }
    }

    /**
     * The first message from about {@code time} on; null where the broker says that the stream ends before it.
     *
     * @throws IOException also for silence
     */
    @Nullable
    StreamMessage look(Date time) throws IOException, InterruptedException {
        StreamReader reader = open(time);
        try {
            StreamMessage first = reader.next(SILENCE_NANOS);
            return first == null ? reader.nextOrEnd(SILENCE_NANOS) : first;
        } finally {
            close(reader);
        }
    }

    /**
     * Whether nothing stands before {@code found}, the first message from {@code asked} on. That it is not at {@code asked} proves nothing:
     * where a segment rolled there is an offset without a message.
     *
     * @throws IOException also for silence
     */
    boolean beginsAt(long found, long asked) throws IOException, InterruptedException {
        if (asked == 0 || found == asked) {
            return asked == 0;
        }
        StreamMessage first = look(StreamReader.FIRST);
        if (first == null) {
            throw new IOException("the stream does not answer");
        }
        return first.offset() >= found;
    }

    /** Whether the stream holds {@code offset}, one that it has held: all behind it is there then, as retention cuts from the front. */
    boolean holds(long offset) throws IOException, InterruptedException {
        StreamMessage first = look(offset);
        if (first == null) {
            throw new IOException("the stream does not answer");
        }
        return first.offset() == offset;
    }

    /** Ends all that reads, now and later. Any thread; does not block. */
    void end(String reason) {
        ended = reason;
        open.forEach(reader -> reader.end(reason));
    }

    boolean ended() {
        return ended != null;
    }

    /** Whether the connection stands: what ended then was ended by the broker, or by us. */
    boolean connected() {
        return connection.isOpen();
    }

    void check() throws StreamReader.Ended {
        String over = ended;
        if (over != null) {
            throw new StreamReader.Ended(over);
        }
    }
}
