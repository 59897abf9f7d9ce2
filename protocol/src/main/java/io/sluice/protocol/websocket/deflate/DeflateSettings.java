package io.sluice.protocol.websocket.deflate;

/**
 * How a server compresses, where a client offers permessage-deflate.
 *
 * @param contextTakeover whether a message may refer to those before it. Without it, which is the default, both sides are told not to
 *     ({@code server_no_context_takeover}, {@code client_no_context_takeover}), a connection without a message under way holds
 *     nothing, and one compression serves any number of receivers. With it, and a client that does not decline, a connection holds up
 *     to 4 KiB for what it sends and up to 32 KiB for what it receives, and each message is compressed for one connection alone
 * @param level of zlib, from 1, the fastest, to 9, the smallest. Default 6
 * @param minimumBytes a shorter message is sent as it is; so is one that does not become smaller. Default 256
 */
public record DeflateSettings(boolean contextTakeover, int level, int minimumBytes) {

    public static final DeflateSettings DEFAULT = new DeflateSettings(false, 6, 256);

    public DeflateSettings {
        if (level < 1 || level > 9) {
            throw new IllegalArgumentException("level: " + level + " (expected: 1 to 9)");
        }
        if (minimumBytes < 0) {
            throw new IllegalArgumentException("minimumBytes: " + minimumBytes + " (expected: >= 0)");
        }
    }
}
