package io.sluice.protocol.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.sluice.protocol.websocket.deflate.PerMessageDeflate;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A connection and all that it did, one line each; the time stands still unless a test moves it. */
final class Peer implements WebSocketShell {

    static final long SECOND = 1_000_000_000L;

    final List<String> did = new ArrayList<>();
    final WebSocketConnection connection;
    private final UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(true);
    long now = Long.MAX_VALUE - 5 * SECOND; // the clock of the JVM may wrap
    boolean writable = true;
    long pendingBytes;
    boolean acknowledged;
    int flushes;
    int askedToShed;
    Consumer<String> also = event -> {};

    Peer() {
        this(WebSocketLimits.DEFAULT);
    }

    Peer(WebSocketLimits limits) {
        this(WebSocketSettings.defaults().withLimits(limits));
    }

    Peer(WebSocketSettings settings) {
        this(settings, null);
    }

    Peer(WebSocketSettings settings, @Nullable PerMessageDeflate deflate) {
        connection = new WebSocketConnection(
                this,
                settings.withOnViolation(violation -> did("violation " + violation.id())),
                deflate,
                now + 25 * SECOND);
    }

    Peer receive(String notation) {
        return receive(ClientBytes.of(notation));
    }

    Peer receive(byte[] bytes) {
        return receive(bytes, 0, bytes.length);
    }

    Peer receive(byte[] bytes, int from, int to) {
        ByteBuf in = UnpooledByteBufAllocator.DEFAULT.directBuffer(to - from);
        in.writeBytes(bytes, from, to - from);
        try {
            connection.receive(in, now, Integer.MAX_VALUE);
            if (!connection.isPaused() && in.isReadable()) {
                throw new AssertionError(in.readableBytes() + " bytes were left unread");
            }
        } finally {
            in.release();
        }
        return this;
    }

    /** As a server that looks every 250 ms whether it has to look. */
    Peer pass(long nanos) {
        for (long passed = 0; passed < nanos; passed += SECOND / 4) {
            now += SECOND / 4;
            if (connection.untilDeadline(now) <= 0) {
                connection.tick(now, 0);
            }
        }
        return this;
    }

    /** What was done, the end of the connection included; nothing is held afterwards. */
    List<String> ended() {
        did.add("closed " + connection.ended());
        if (held() != 0) {
            throw new AssertionError(held() + " bytes are held after the end");
        }
        return did;
    }

    private void did(String event) {
        did.add(event);
        also.accept(event);
    }

    /** Bytes of all buffers that the connection holds. */
    long held() {
        return alloc.metric().usedDirectMemory() + alloc.metric().usedHeapMemory();
    }

    @Override
    public ByteBufAllocator alloc() {
        return alloc;
    }

    @Override
    public boolean isWritable() {
        return writable;
    }

    @Override
    public long pendingBytes() {
        return pendingBytes;
    }

    @Override
    public boolean isAcknowledged() {
        return acknowledged;
    }

    @Override
    public void send(ByteBuf frame) {
        String hex = ClientBytes.hex(frame);
        frame.release();
        did("send " + hex);
    }

    @Override
    public void flush() {
        flushes++;
    }

    @Override
    public void onMessage(Opcode opcode, ByteBuf payload) {
        did(
                opcode == Opcode.TEXT
                        ? "text " + payload.toString(StandardCharsets.UTF_8)
                        : "binary " + ClientBytes.hex(payload));
    }

    @Override
    public void shedSoon() {
        askedToShed++;
    }

    /** As an event loop that comes to what was asked of it. */
    Peer turn() {
        for (; askedToShed > 0; askedToShed--) {
            connection.shed(now);
        }
        return this;
    }

    @Override
    public void end() {
        did("end");
    }

    @Override
    public void fail() {
        did("fail");
    }

    @Override
    public void abort() {
        did("abort");
    }
}
