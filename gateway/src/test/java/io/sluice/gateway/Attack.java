package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.zip.Deflater;

/** What the attackers of {@link AttackTest} do, each on so many connections, and when the gateway must be rid of them. */
enum Attack {
    /** A request whose head never ends: {@code limits.handshakeTimeout}. */
    HALF_OPEN(10_000, Duration.ofSeconds(10), 0, false, "GET /ws HTTP/1.1\r\nHost: localhost\r\n", ""),

    /** A message of which the first frame came, and half of the second: 30 s, or the pong that cannot be sent within a frame. */
    NEVER_FINISHED(1_000, Duration.ofSeconds(35), 1008, false, RawSocket.upgrade(), neverFinished()),

    /** Subscribes, and reads no more: {@code limits.outboundBytes}, or the pong that it never sends. */
    SLOW_READER(1_000, Duration.ofSeconds(40), 1013, false, RawSocket.upgrade(), subscribe()),

    /** Pings without end: ten a second. */
    PING_FLOOD(20, Duration.ofSeconds(10), 1008, true, RawSocket.upgrade(), "\u0089\u0080\0\0\0\0".repeat(200)),

    /** 64 KiB that inflate to 64 MiB: {@code limits.messageBytes}. */
    BOMB(
            4,
            Duration.ofSeconds(10),
            1009,
            true,
            RawSocket.upgrade("Sec-WebSocket-Extensions: permessage-deflate"),
            bomb());

    private final int connections;
    private final Duration deadline;
    private final int code;
    private final boolean renewed;
    /** Of Latin-1 characters, one for each byte. */
    private final String request;

    private final String frames;

    Attack(int connections, Duration deadline, int code, boolean renewed, String request, String frames) {
        this.connections = connections;
        this.deadline = deadline;
        this.code = code;
        this.renewed = renewed;
        this.request = request;
        this.frames = frames;
    }

    /** How many at once. */
    int connections() {
        return connections;
    }

    /** From its connect to its end, on an idle machine. */
    Duration deadline() {
        return deadline;
    }

    /** The close code that it may be told; 0: it is no WebSocket yet. */
    int code() {
        return code;
    }

    /** Whether one that was thrown out comes again. */
    boolean renewed() {
        return renewed;
    }

    ByteBuffer request() {
        return ByteBuffer.wrap(request.getBytes(ISO_8859_1));
    }

    /** Sent after the welcome; by those that flood, over and over. */
    ByteBuffer frames() {
        return ByteBuffer.wrap(frames.getBytes(ISO_8859_1));
    }

    private static String subscribe() {
        return RawSocket.text("{\"op\":\"subscribe\",\"topic\":\"flood\"}");
    }

    private static String neverFinished() {
        return "\u0001\u0081\0\0\0\0{" + "\u0080\u00fe\u0080\0\0\0\0\0" + " ".repeat(1000);
    }

    private static String bomb() {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        deflater.setInput(new byte[64 << 20]);
        ByteArrayOutputStream deflated = new ByteArrayOutputStream();
        byte[] some = new byte[8192];
        for (int length = deflater.deflate(some, 0, some.length, Deflater.SYNC_FLUSH);
                length > 0;
                length = deflater.deflate(some, 0, some.length, Deflater.SYNC_FLUSH)) {
            deflated.write(some, 0, length);
        }
        deflater.end();
        // Without the four bytes that end each message (RFC 7692, 7.2.1).
        int length = deflated.size() - 4;
        // Less than 65,536: the shortest form of the length is the one with two bytes.
        byte[] frame = ByteBuffer.allocate(8 + length)
                .put((byte) 0xC1)
                .put((byte) 0xFE)
                .putShort((short) length)
                .putInt(0)
                .put(deflated.toByteArray(), 0, length)
                .array();
        return new String(frame, ISO_8859_1);
    }
}
