package io.sluice.protocol.websocket.netty;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.sluice.protocol.websocket.ClientBytes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An application that writes down what it is told. Ticks and read completions are not written down, but counted. */
final class Recorder implements WebSocketListener {

    final List<String> told = new CopyOnWriteArrayList<>();
    volatile Consumer<String> also = event -> {};
    volatile int ticks;
    volatile long nextTickNanos = Long.MAX_VALUE;
    volatile int reads;
    private volatile @Nullable WebSocket socket;

    WebSocket socket() {
        return requireNonNull(socket);
    }

    @Override
    public void onOpen(WebSocket socket) {
        this.socket = socket;
        told("open " + socket.subprotocol());
    }

    @Override
    public void onText(ByteBuf payload) {
        told("text " + payload.toString(StandardCharsets.UTF_8));
    }

    @Override
    public void onBinary(ByteBuf payload) {
        told("binary " + ClientBytes.hex(payload));
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public void onReadComplete() {
        reads++;
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        told("writable " + writable);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public long onTick(long nowNanos) {
        ticks++;
        return nextTickNanos;
    }

    @Override
    public void onClosed(int code) {
        told("closed " + code);
    }

    private void told(String event) {
        told.add(event);
        also.accept(event);
    }
}
