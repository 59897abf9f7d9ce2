package io.sluice.gateway.fanout;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.protocol.websocket.WebSocketLimits;
import io.sluice.protocol.websocket.netty.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A WebSocket on an embedded channel whose kernel can be stopped: what is written then waits, as it does for a peer that does not read. */
final class SlowSocket implements WebSocket, Outbox.Owner {

    private boolean stopped;
    private int flushes;
    private Runnable flushed = () -> {};

    @Nullable
    Outbox outbox;

    @Nullable
    Integer closedWith;

    private final EmbeddedChannel channel = new EmbeddedChannel(
            new ChannelOutboundHandlerAdapter() {
                @Override
                public void flush(ChannelHandlerContext ctx) {
                    flushes++;
                    flushed.run();
                    if (!stopped) {
                        ctx.flush();
                    }
                }
            },
            new ChannelInboundHandlerAdapter() {
                @Override
                public void channelWritabilityChanged(ChannelHandlerContext ctx) {
                    if (ctx.channel().isWritable() && outbox != null) {
                        outbox.drain();
                    }
                }
            });

    SlowSocket(int highWater) {
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(highWater / 2, highWater));
    }

    void stop() {
        stopped = true;
    }

    void resume() {
        stopped = false;
        channel.pipeline().flush();
    }

    /** Called in each flush that is asked for from now on. */
    void onFlush(Runnable task) {
        flushed = task;
    }

    int flushes() {
        return flushes;
    }

    /** The payloads of all frames that left, in order. */
    List<String> received() {
        List<String> payloads = new ArrayList<>();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            while (out.isReadable()) {
                out.skipBytes(1);
                int length = out.readUnsignedByte();
                if (length == 126) {
                    length = out.readUnsignedShort();
                } else if (length == 127) {
                    length = (int) out.readLong();
                }
                payloads.add(
                        out.readCharSequence(length, StandardCharsets.UTF_8).toString());
            }
            out.release();
        }
        return payloads;
    }

    /** The buffers that left, one for each write. The caller releases them. */
    List<ByteBuf> buffers() {
        List<ByteBuf> buffers = new ArrayList<>();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            buffers.add(out);
        }
        return buffers;
    }

    void finish() {
        channel.finishAndReleaseAll();
    }

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public String subprotocol() {
        return "words";
    }

    @Override
    public boolean isOpen() {
        return closedWith == null;
    }

    @Override
    public void sendText(ByteBuf payload) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void sendBinary(ByteBuf payload) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void write(ByteBuf frames) {
        channel.pipeline().write(frames);
    }

    @Override
    public void flush() {
        channel.pipeline().flush();
    }

    @Override
    public long pendingBytes() {
        var buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    @Override
    public void close(int code, String reason) {
        closedWith = code;
    }

    @Override
    public void limits(WebSocketLimits limits) {}

    @Override
    public void tooSlow() {
        close(1013, "slow");
    }

    @Override
    public void tickWithin(long nanos) {}

    @Override
    public void reading(boolean enabled) {}
}
