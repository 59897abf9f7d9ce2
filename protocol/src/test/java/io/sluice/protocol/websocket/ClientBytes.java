package io.sluice.protocol.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/**
 * What a client sends, written as in the RFC: bytes in hexadecimal, {@code M} for a masking key, behind which the payload stands
 * unmasked, and {@code /} between two frames: {@code "01 81 M 61 / 80 81 M 62"}.
 */
public final class ClientBytes {

    private static final byte[] KEY = {0x37, (byte) 0xFA, 0x21, 0x3D};

    private ClientBytes() {}

    public static byte[] of(String notation) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int masked = -1;
        for (String word : notation.trim().split("\\s+", -1)) {
            switch (word) {
                case "M" -> {
                    bytes.writeBytes(KEY);
                    masked = 0;
                }
                case "/" -> masked = -1;
                default -> {
                    for (byte b : HexFormat.of().parseHex(word)) {
                        bytes.write(masked < 0 ? b : b ^ KEY[masked++ & 3]);
                    }
                }
            }
        }
        return bytes.toByteArray();
    }

    /** The readable bytes in hexadecimal, read at once: the leak detector records each access. Borrows {@code bytes}. */
    public static String hex(ByteBuf bytes) {
        return HexFormat.of().formatHex(ByteBufUtil.getBytes(bytes));
    }

    /** A whole frame with the shortest header. */
    public static byte[] frame(int b0, byte[] payload) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(b0);
        int length = payload.length;
        if (length <= 125) {
            bytes.write(0x80 | length);
        } else if (length <= 0xFFFF) {
            bytes.write(0x80 | 126);
            bytes.write(length >> 8);
            bytes.write(length);
        } else {
            bytes.write(0x80 | 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                bytes.write((int) ((long) length >> shift));
            }
        }
        bytes.writeBytes(KEY);
        for (int i = 0; i < length; i++) {
            bytes.write(payload[i] ^ KEY[i & 3]);
        }
        return bytes.toByteArray();
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }
}
