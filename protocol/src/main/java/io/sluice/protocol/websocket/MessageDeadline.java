package io.sluice.protocol.websocket;

/** The time a peer takes for a message, or for a frame, from its first byte on (RFC 6455, 10.4). */
final class MessageDeadline {

    private long since;
    private boolean running;

    /** @param incomplete whether something is unfinished now; no byte of it moves its deadline but the first */
    void received(boolean incomplete, long nowNanos) {
        if (incomplete && !running) {
            since = nowNanos;
        }
        running = incomplete;
    }

    /** Nothing could be received for {@code nanos}, since this side did not listen. */
    void excuse(long nanos) {
        since += nanos;
    }

    /** @return not positive once the time is up; {@link Long#MAX_VALUE} while nothing is unfinished */
    long untilDue(long nowNanos, long millis) {
        return running ? since + millis * 1_000_000 - nowNanos : Long.MAX_VALUE;
    }
}
