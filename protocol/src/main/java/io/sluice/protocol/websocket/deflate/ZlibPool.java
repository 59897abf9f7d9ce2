package io.sluice.protocol.websocket.deflate;

import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * The compressors of one thread. All native memory of zlib is in here or under an unfinished message: a connection has none of it. Ends
 * them when an event loop's thread ends.
 */
final class ZlibPool {

    /** More idle ones of a thread are ended. */
    static final int IDLE_INFLATERS = 8;

    private static final AtomicInteger LIVE_INFLATERS = new AtomicInteger();

    private static final FastThreadLocal<ZlibPool> LOCAL = new FastThreadLocal<>() {
        @Override
        protected ZlibPool initialValue() {
            return new ZlibPool();
        }

        @Override
        protected void onRemoval(ZlibPool pool) {
            pool.end();
        }
    };

    private final @Nullable Deflater[] deflaters = new Deflater[Deflater.BEST_COMPRESSION + 1];
    private final Deque<Inflater> inflaters = new ArrayDeque<>(IDLE_INFLATERS);

    private ZlibPool() {}

    static ZlibPool local() {
        return LOCAL.get();
    }

    /** Of all threads: idle and in use. */
    static int liveInflaters() {
        return LIVE_INFLATERS.get();
    }

    /** The thread's own for {@code level}, about 260 KiB; to be reset before use, and not to be kept. */
    Deflater deflater(int level) {
        Deflater deflater = deflaters[level];
        if (deflater == null) {
            deflater = new Deflater(level, true);
            deflaters[level] = deflater;
        }
        return deflater;
    }

    /** A reset one, which is the caller's until {@link #giveBack}. */
    Inflater inflater() {
        Inflater idle = inflaters.poll();
        if (idle != null) {
            return idle;
        }
        LIVE_INFLATERS.incrementAndGet();
        return new Inflater(true);
    }

    void giveBack(Inflater inflater) {
        if (inflaters.size() < IDLE_INFLATERS) {
            inflater.reset();
            inflaters.push(inflater);
        } else {
            end(inflater);
        }
    }

    private void end() {
        for (Deflater deflater : deflaters) {
            if (deflater != null) {
                deflater.end();
            }
        }
        inflaters.forEach(ZlibPool::end);
        inflaters.clear();
    }

    private static void end(Inflater inflater) {
        inflater.end();
        LIVE_INFLATERS.decrementAndGet();
    }
}
