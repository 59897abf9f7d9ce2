package io.sluice.protocol.websocket.deflate;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.zip.Deflater;

/** A client that compresses with zlib as it comes: one deflater for all messages, reset between two only without context takeover. */
public final class ClientDeflater implements AutoCloseable {

    private final Deflater zlib = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    private final boolean contextTakeover;

    public ClientDeflater(boolean contextTakeover) {
        this.contextTakeover = contextTakeover;
    }

    /** The payload of a message, without its tail. */
    public byte[] payload(byte[] message) {
        if (!contextTakeover) {
            zlib.reset();
        }
        zlib.setInput(message);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] some = new byte[1 << 16];
        for (int n = some.length; n == some.length; ) {
            n = zlib.deflate(some, 0, some.length, Deflater.SYNC_FLUSH);
            out.write(some, 0, n);
        }
        // zlib has nothing to flush where nothing came since the last flush: RFC 7692, 7.2.3.6.
        return out.size() == 0 ? new byte[1] : Arrays.copyOf(out.toByteArray(), out.size() - 4);
    }

    /** One payload of about {@code mebibytes} KiB that is as many MiB of zeros. */
    public static byte[] bomb(int mebibytes) {
        Deflater zlib = new Deflater(Deflater.BEST_COMPRESSION, true);
        zlib.setInput(new byte[1 << 20]);
        byte[] some = new byte[1 << 16];
        byte[] one = Arrays.copyOf(some, zlib.deflate(some, 0, some.length, Deflater.FULL_FLUSH));
        one = Arrays.copyOf(one, one.length);
        System.arraycopy(some, 0, one, 0, one.length);
        zlib.end();
        byte[] all = new byte[one.length * mebibytes];
        for (int i = 0; i < mebibytes; i++) {
            System.arraycopy(one, 0, all, i * one.length, one.length);
        }
        return Arrays.copyOf(all, all.length - 4);
    }

    @Override
    public void close() {
        zlib.end();
    }
}
