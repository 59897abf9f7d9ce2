package io.sluice.protocol.websocket;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** One sequence of bytes, cut as a network may cut it. */
public final class Pieces {

    private Pieces() {}

    /** Cut at places that {@code seed} decides: pieces of one byte, of a few, and of many. */
    public static List<byte[]> of(byte[] bytes, long seed) {
        Random random = new Random(seed);
        int most = 1 + random.nextInt(1 + random.nextInt(200));
        List<byte[]> pieces = new ArrayList<>();
        for (int from = 0; from < bytes.length; ) {
            int to = Math.min(bytes.length, from + 1 + random.nextInt(most));
            pieces.add(Arrays.copyOfRange(bytes, from, to));
            from = to;
        }
        return pieces;
    }
}
