package io.sluice.protocol.websocket.conformance;

import io.sluice.protocol.websocket.ClientBytes;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** A message as many frames. */
final class Fragments {

    private Fragments() {}

    /** @param opcode of the message */
    static byte[] of(int opcode, byte[] payload, int fragment) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream(payload.length + payload.length / fragment * 8);
        if (payload.length == 0) {
            return ClientBytes.frame(0x80 | opcode, payload);
        }
        for (int from = 0; from < payload.length; from += fragment) {
            int to = Math.min(payload.length, from + fragment);
            int b0 = (to == payload.length ? 0x80 : 0) | (from == 0 ? opcode : 0);
            frames.writeBytes(ClientBytes.frame(b0, Arrays.copyOfRange(payload, from, to)));
        }
        return frames.toByteArray();
    }
}
