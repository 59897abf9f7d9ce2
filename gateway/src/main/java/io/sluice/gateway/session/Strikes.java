package io.sluice.gateway.session;

/** Counts what should not happen often: {@link #strike} says when it has happened too often within a while. */
final class Strikes {

    private final long[] times;
    private final long windowNanos;
    private int count;

    /** @param most this many within {@code windowNanos} are too many */
    Strikes(int most, long windowNanos) {
        times = new long[most];
        this.windowNanos = windowNanos;
    }

    boolean strike(long nowNanos) {
        int slot = count++ % times.length;
        boolean full = count >= times.length;
        times[slot] = nowNanos;
        return full && nowNanos - times[count % times.length] <= windowNanos;
    }
}
