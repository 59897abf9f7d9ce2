package io.sluice.protocol.websocket;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * How a server treats all its WebSockets. One object is shared by all of them.
 *
 * @param limits what is taken from a peer at first; {@code WebSocket.limits} replaces them for one connection
 * @param pingInterval how often a ping is sent; the first one comes after half of it to all of it, so that connections that came
 *     together do not stay together. Default 25 s
 * @param pongTimeout how long after a ping the connection is ended if nothing at all was received. Default 10 s
 * @param closeTimeout how long the peer has to answer a close frame. Default 5 s
 * @param reassembly what all unfinished messages may hold together. Default 64 MiB
 * @param onViolation told each violation once, on the event loop of its connection; for counting, so it must not block
 */
public record WebSocketSettings(
        WebSocketLimits limits,
        Duration pingInterval,
        Duration pongTimeout,
        Duration closeTimeout,
        ReassemblyBudget reassembly,
        Consumer<Violation> onViolation) {

    public WebSocketSettings {
        requirePositive("pingInterval", pingInterval);
        requirePositive("pongTimeout", pongTimeout);
        requirePositive("closeTimeout", closeTimeout);
    }

    /** The defaults, with a reassembly budget of their own. */
    public static WebSocketSettings defaults() {
        return new WebSocketSettings(
                WebSocketLimits.DEFAULT,
                Duration.ofSeconds(25),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                new ReassemblyBudget(64L << 20),
                violation -> {});
    }

    public WebSocketSettings withLimits(WebSocketLimits limits) {
        return new WebSocketSettings(limits, pingInterval, pongTimeout, closeTimeout, reassembly, onViolation);
    }

    public WebSocketSettings withReassembly(ReassemblyBudget reassembly) {
        return new WebSocketSettings(limits, pingInterval, pongTimeout, closeTimeout, reassembly, onViolation);
    }

    public WebSocketSettings withOnViolation(Consumer<Violation> onViolation) {
        return new WebSocketSettings(limits, pingInterval, pongTimeout, closeTimeout, reassembly, onViolation);
    }

    private static void requirePositive(String name, Duration duration) {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException(name + ": " + duration + " (expected: > 0)");
        }
    }
}
