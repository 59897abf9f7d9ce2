package io.sluice.bench.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.ThreadLocalRandom;

/** Makes a client's frames, masked with a random key as they must be (RFC 6455, 5.3). */
final class ClientFrames {

    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    private static final int FIN = 0x80;
    private static final int MASKED = 0x80;
    private static final int LENGTH_16 = 126;

    private ClientFrames() {}

    /** Gives one whole frame. {@code payload} is at most 64 KiB. */
    static ByteBuf frame(int opcode, byte[] payload) {
        ByteBuf frame = Unpooled.directBuffer(8 + payload.length);
        frame.writeByte(FIN | opcode);
        if (payload.length < LENGTH_16) {
            frame.writeByte(MASKED | payload.length);
        } else {
            frame.writeByte(MASKED | LENGTH_16).writeShort(payload.length);
        }
        int key = ThreadLocalRandom.current().nextInt();
        frame.writeInt(key);
        for (int i = 0; i < payload.length; i++) {
            frame.writeByte(payload[i] ^ key >>> (24 - 8 * (i & 3)));
        }
        return frame;
    }
}
