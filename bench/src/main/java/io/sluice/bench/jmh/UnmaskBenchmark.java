package io.sluice.bench.jmh;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.sluice.protocol.websocket.Kernels;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Unmasking and the UTF-8 check in one pass, beside a loop over single bytes that does both. What is unmasked twice is masked again, so
 * the buffer holds masked text and plain text in turn; with this key and text both are ASCII.
 */
@State(Scope.Thread)
public class UnmaskBenchmark {

    private static final int ASCII_KEY = 0x01020304;

    @Param({"128", "1024", "16384"})
    public int bytes;

    private ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer();

    @Setup
    public void write() {
        buffer.clear().writeBytes(Payloads.text("ascii", bytes));
    }

    @TearDown
    public void release() {
        buffer.release();
    }

    @Benchmark
    public boolean sluice() {
        return Kernels.unmaskUtf8(buffer, ASCII_KEY);
    }

    @Benchmark
    public boolean byteByByte() {
        int state = 0;
        for (int i = buffer.readerIndex(), n = 0; i < buffer.writerIndex(); i++, n++) {
            int b = buffer.getByte(i) ^ ASCII_KEY >>> (24 - 8 * (n & 3));
            buffer.setByte(i, b);
            state |= b & 0x80;
        }
        return state == 0;
    }
}
