package io.sluice.protocol.websocket.deflate;

import java.util.Arrays;

/**
 * A peer that has no more memory than its window: DEFLATE as RFC 1951 tells it, bit by bit, where a reference beyond the window or
 * beyond the context is an error. Slow and simple.
 */
public final class StrictInflater {

    private static final int[] LENGTH_BASE = {
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258
    };
    private static final int[] LENGTH_BITS = {
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0
    };
    private static final int[] DISTANCE_BASE = {
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145, 8193, 12289, 16385, 24577
    };
    private static final int[] CODE_LENGTH_ORDER = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

    private final int window;
    private final boolean contextTakeover;
    private byte[] out = new byte[1 << 10];
    private int length;
    private int farthest;
    private byte[] in = {};
    private int bit;

    public StrictInflater(int windowBits, boolean contextTakeover) {
        window = 1 << windowBits;
        this.contextTakeover = contextTakeover;
    }

    /** The longest distance of any reference so far. */
    public int farthest() {
        return farthest;
    }

    /** The payload of a message, as sent, becomes the message. */
    public byte[] message(byte[] payload) {
        in = Arrays.copyOf(payload, payload.length + 4);
        in[payload.length + 2] = -1;
        in[payload.length + 3] = -1;
        bit = 0;
        int kept = contextTakeover ? Math.min(length, window) : 0;
        System.arraycopy(out, length - kept, out, 0, kept);
        length = kept;
        while (bit < in.length * 8) {
            boolean last = bits(1) == 1;
            switch (bits(2)) {
                case 0 -> stored();
                case 1 -> coded(fixedLengths(), distances(new int[30], 5));
                case 2 -> dynamic();
                default -> throw new IllegalStateException("block type 3");
            }
            if (last) {
                bit = (bit + 7) / 8 * 8;
            }
        }
        return Arrays.copyOfRange(out, kept, length);
    }

    private void stored() {
        bit = (bit + 7) / 8 * 8;
        int count = bits(16);
        if (bits(16) != (count ^ 0xFFFF)) {
            throw new IllegalStateException("stored length");
        }
        for (int i = 0; i < count; i++) {
            put((byte) bits(8));
        }
    }

    private void dynamic() {
        int literals = bits(5) + 257;
        int distances = bits(5) + 1;
        int codes = bits(4) + 4;
        int[] codeLengths = new int[19];
        for (int i = 0; i < codes; i++) {
            codeLengths[CODE_LENGTH_ORDER[i]] = bits(3);
        }
        Code code = new Code(codeLengths);
        int[] lengths = new int[literals + distances];
        for (int i = 0; i < lengths.length; ) {
            int symbol = code.next();
            int repeated = symbol == 16 ? lengths[i - 1] : symbol < 16 ? symbol : 0;
            int times = switch (symbol) {
                case 16 -> 3 + bits(2);
                case 17 -> 3 + bits(3);
                case 18 -> 11 + bits(7);
                default -> 1;
            };
            Arrays.fill(lengths, i, i + times, repeated);
            i += times;
        }
        coded(
                new Code(Arrays.copyOf(lengths, literals)),
                new Code(Arrays.copyOfRange(lengths, literals, lengths.length)));
    }

    private void coded(Code literals, Code distances) {
        while (true) {
            int symbol = literals.next();
            if (symbol == 256) {
                return;
            }
            if (symbol < 256) {
                put((byte) symbol);
                continue;
            }
            int count = LENGTH_BASE[symbol - 257] + bits(LENGTH_BITS[symbol - 257]);
            int far = distances.next();
            int distance = DISTANCE_BASE[far] + bits(far < 4 ? 0 : far / 2 - 1);
            if (distance > window || distance > length) {
                throw new IllegalStateException("distance " + distance + ", window " + window + ", at " + length);
            }
            farthest = Math.max(farthest, distance);
            for (int i = 0; i < count; i++) {
                put(out[length - distance]);
            }
        }
    }

    private void put(byte b) {
        if (length == out.length) {
            out = Arrays.copyOf(out, 2 * length);
        }
        out[length++] = b;
    }

    private int bits(int count) {
        int value = 0;
        for (int i = 0; i < count; i++, bit++) {
            value |= (in[bit / 8] >> (bit % 8) & 1) << i;
        }
        return value;
    }

    private Code fixedLengths() {
        int[] lengths = new int[288];
        Arrays.fill(lengths, 0, 144, 8);
        Arrays.fill(lengths, 144, 256, 9);
        Arrays.fill(lengths, 256, 280, 7);
        Arrays.fill(lengths, 280, 288, 8);
        return new Code(lengths);
    }

    private Code distances(int[] lengths, int bits) {
        Arrays.fill(lengths, bits);
        return new Code(lengths);
    }

    /** A canonical Huffman code (RFC 1951, 3.2.2), read one bit at a time. */
    private final class Code {

        private final int[] count = new int[16];
        private final int[] symbols;

        Code(int[] lengths) {
            int[] offsets = new int[16];
            for (int bits : lengths) {
                count[bits]++;
            }
            count[0] = 0;
            for (int i = 1; i < 15; i++) {
                offsets[i + 1] = offsets[i] + count[i];
            }
            symbols = new int[lengths.length];
            for (int i = 0; i < lengths.length; i++) {
                if (lengths[i] != 0) {
                    symbols[offsets[lengths[i]]++] = i;
                }
            }
        }

        int next() {
            int code = 0;
            int first = 0;
            int index = 0;
            for (int i = 1; i <= 15; i++) {
                code |= bits(1);
                if (code - count[i] < first) {
                    return symbols[index + code - first];
                }
                index += count[i];
                first = (first + count[i]) << 1;
                code <<= 1;
            }
            throw new IllegalStateException("no such code");
        }
    }
}
