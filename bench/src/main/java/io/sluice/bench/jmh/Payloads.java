package io.sluice.bench.jmh;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Texts as browsers send them, and their frames. The same in every run. */
final class Payloads {

    static final int KEY = 0x37FA213D;

    /** What a TCP segment carries on an Ethernet. */
    static final int SEGMENT = 1460;

    private static final String[] NON_ASCII = {"é", "ü", "ß", "ж", "д", "Ω", "€", "日", "本", "한", "😀"};

    private Payloads() {}

    /** @param kind {@code ascii}, or {@code mixed}: like JSON, every fifth character beyond ASCII, of two, three and four bytes */
    static byte[] text(String kind, int length) {
        Random random = new Random(length);
        StringBuilder text = new StringBuilder("{\"");
        while (text.length() <= length) {
            int character = random.nextInt(60);
            if (kind.equals("mixed") && random.nextInt(5) == 0) {
                text.append(NON_ASCII[random.nextInt(NON_ASCII.length)]);
            } else if (character < 52) {
                text.append((char) ((character < 26 ? 'a' : 'A' - 26) + character));
            } else {
                text.append("\": {},01".charAt(character - 52));
            }
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        int end = length;
        while ((bytes[end] & 0xC0) == 0x80) {
            end--;
        }
        byte[] cut = Arrays.copyOf(bytes, length);
        Arrays.fill(cut, end, length, (byte) ' ');
        return cut;
    }

    /** A client's whole text message. */
    static byte[] frame(byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        int length = payload.length;
        frame.write(0x81);
        if (length <= 125) {
            frame.write(0x80 | length);
        } else if (length <= 0xFFFF) {
            frame.writeBytes(new byte[] {(byte) (0x80 | 126), (byte) (length >> 8), (byte) length});
        } else {
            frame.write(0x80 | 127);
            frame.writeBytes(new byte[] {
                0, 0, 0, 0, (byte) (length >> 24), (byte) (length >> 16), (byte) (length >> 8), (byte) length
            });
        }
        for (int shift = 24; shift >= 0; shift -= 8) {
            frame.write(KEY >> shift);
        }
        frame.writeBytes(masked(payload));
        return frame.toByteArray();
    }

    static byte[] masked(byte[] payload) {
        byte[] masked = payload.clone();
        for (int i = 0; i < masked.length; i++) {
            masked[i] ^= (byte) (KEY >>> (24 - 8 * (i & 3)));
        }
        return masked;
    }
}
