package io.sluice.protocol.websocket;

import org.jspecify.annotations.Nullable;

/** What a frame carries (RFC 6455, 5.2). */
public enum Opcode {
    CONTINUATION(0x0),
    TEXT(0x1),
    BINARY(0x2),
    CLOSE(0x8),
    PING(0x9),
    PONG(0xA);

    private static final @Nullable Opcode[] BY_BITS = new @Nullable Opcode[16];

    static {
        for (Opcode opcode : values()) {
            BY_BITS[opcode.bits] = opcode;
        }
    }

    private final int bits;

    Opcode(int bits) {
        this.bits = bits;
    }

    /** The opcode in the low four bits of a frame's first byte; null where it is reserved. */
    static @Nullable Opcode of(int b0) {
        return BY_BITS[b0 & 0x0F];
    }

    /** The four bits as they stand in a frame's first byte. */
    public int bits() {
        return bits;
    }

    /** Whether it is a control frame: never fragmented, at most 125 bytes, allowed between the fragments of a message (RFC 6455, 5.5). */
    public boolean isControl() {
        return (bits & 0x8) != 0;
    }
}
