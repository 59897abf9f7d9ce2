package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A client that comes back to one topic whose messages are numbers, a fixed step apart, and checks that every one behind its position comes,
 * once and in order. Lean, so that a crowd of it costs less than who serves it: it looks at the end of each frame and at nothing else.
 */
final class ReturningSession extends ByteToMessageDecoder {

    private static final byte[] MESSAGE = "{\"op\":\"message\"".getBytes(US_ASCII);
    private static final byte PING = (byte) 0x89;
    private static final int LENGTH_16 = 126;

    private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    private final String topic;
    private final String position;
    private final int step;
    private final int end;
    private int next;
    private boolean upgraded;
    private @Nullable Channel channel;

    /**
     * @param position it stands behind
     * @param next the first number that is to come, and {@code step} to the one behind it
     * @param end it has all when this is reached or passed
     */
    ReturningSession(String topic, String position, int next, int step, int end) {
        this.topic = topic;
        this.position = position;
        this.next = next;
        this.step = step;
        this.end = end;
    }

    void dial(EventLoopGroup loops, SocketAddress address) {
        channel = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .handler(this)
                .connect(address)
                .syncUninterruptibly()
                .channel();
    }

    /** It has received all, or something else than what was to come. */
    CompletableFuture<@Nullable Void> done() {
        return done;
    }

    void abort() {
        if (channel != null) {
            channel.close();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.writeAndFlush(Unpooled.copiedBuffer(RawSocket.upgrade(), US_ASCII));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        done.completeExceptionally(new AssertionError("closed before " + topic + " had " + next));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        done.completeExceptionally(failure);
        context.close();
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> unused) {
        if (!upgraded) {
            int headers = in.readableBytes() < 4 ? -1 : in.toString(ISO_8859_1).indexOf("\r\n\r\n");
            if (headers >= 0) {
                upgraded = true;
                in.skipBytes(headers + 4);
            }
            return;
        }
        if (in.readableBytes() < 4) {
            return;
        }
        int start = in.readerIndex();
        int length = in.getByte(start + 1);
        int header = 2;
        if (length == LENGTH_16) {
            length = in.getUnsignedShort(start + 2);
            header = 4;
        }
        if (in.readableBytes() >= header + length) {
            if (in.getByte(start) == PING) {
                context.writeAndFlush(Unpooled.copiedBuffer(RawSocket.PONG, ISO_8859_1));
            } else {
                take(context, in, start + header, length);
            }
            in.skipBytes(header + length);
        }
    }

    private void take(ChannelHandlerContext context, ByteBuf in, int start, int length) {
        if (isMessage(in, start, length)) {
            expect(number(in, start + length - 2));
            return;
        }
        String text = in.toString(start, length, US_ASCII);
        if (text.startsWith("{\"op\":\"welcome\"")) {
            context.writeAndFlush(subscribe());
        } else if (!text.startsWith("{\"op\":\"ok\"") || !text.contains("\"recovered\":true")) {
            throw new AssertionError(topic + " was told " + text);
        }
    }

    private void expect(int number) {
        if (number != next) {
            throw new AssertionError(topic + " received " + number + " instead of " + next);
        }
        next += step;
        if (next >= end) {
            done.complete(null);
        }
    }

    private static boolean isMessage(ByteBuf in, int start, int length) {
        if (length < MESSAGE.length) {
            return false;
        }
        for (int i = MESSAGE.length - 1; i > 0; i--) {
            if (in.getByte(start + i) != MESSAGE[i]) {
                return false;
            }
        }
        return true;
    }

    /** The number whose last digit is at {@code index}. */
    private static int number(ByteBuf in, int index) {
        int number = 0;
        int unit = 1;
        for (int i = index; in.getByte(i) >= '0' && in.getByte(i) <= '9'; i--) {
            number += unit * (in.getByte(i) - '0');
            unit *= 10;
        }
        return number;
    }

    /** A masked text frame; the masking key is zero. */
    private ByteBuf subscribe() {
        byte[] text = "{\"op\":\"subscribe\",\"id\":1,\"topic\":\"%s\",\"from\":{\"position\":\"%s\"}}"
                .formatted(topic, position)
                .getBytes(US_ASCII);
        ByteBuf frame = Unpooled.buffer().writeByte(0x81);
        if (text.length < LENGTH_16) {
            frame.writeByte(0x80 | text.length);
        } else {
            frame.writeByte(0x80 | LENGTH_16).writeShort(text.length);
        }
        return frame.writeInt(0).writeBytes(text);
    }
}
