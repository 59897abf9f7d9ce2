package io.sluice.bench.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket of a load. It upgrades, says its greeting, and from then on counts what comes and answers pings. Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails ends the channel
final class Subscriber extends ChannelInboundHandlerAdapter implements ServerFrames.Listener {

    private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};

    private final Dialect dialect;
    private final Tally tally;
    private final boolean sampled;
    private final Runnable ready;
    private final ServerFrames frames = new ServerFrames(this);

    /** What is still to be said; null when all was heard. */
    private @Nullable Deque<Dialect.Step> greeting;

    /** The response of the upgrade, as far as it has come; null behind its end. */
    private @Nullable ByteBuf head = Unpooled.buffer();

    private @Nullable ChannelHandlerContext context;

    /**
     * @param sampled whether it looks into what it receives where latency is asked for
     * @param ready called once, when it is subscribed
     */
    Subscriber(Dialect dialect, Collection<Dialect.Step> greeting, Tally tally, boolean sampled, Runnable ready) {
        this.dialect = dialect;
        this.greeting = new ArrayDeque<>(greeting);
        this.tally = tally;
        this.sampled = sampled;
        this.ready = ready;
    }

    static boolean contains(ByteBuf text, byte[] wanted) {
        return ByteBufUtil.indexOf(Unpooled.wrappedBuffer(wanted), text) >= 0;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        String subprotocol =
                dialect.subprotocol().isEmpty() ? "" : "Sec-WebSocket-Protocol: " + dialect.subprotocol() + "\r\n";
        String request = "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" + subprotocol + "\r\n";
        ctx.writeAndFlush(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            if (head != null) {
                upgrade(head, in);
            }
            frames.read(in);
            tally.show();
        } finally {
            in.release();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        tally.left("a connection was closed");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        tally.left(cause.toString());
        ctx.close();
    }

    @Override
    public boolean wants(int opcode) {
        return greeting != null || opcode >= ClientFrames.CLOSE || tally.wantsPayload(sampled);
    }

    @Override
    public void onFrame(int opcode, @Nullable ByteBuf payload) {
        if (opcode == ClientFrames.PING) {
            say(ClientFrames.PONG, payload == null ? new byte[0] : ByteBufUtil.getBytes(payload));
        } else if (opcode == ClientFrames.CLOSE) {
            tally.left("the server sent a close frame");
        } else if (greeting != null) {
            heard(greeting, payload);
        } else {
            tally.delivered(payload);
        }
    }

    void say(byte[] message) {
        say(dialect.opcode(), message);
    }

    private void say(int opcode, byte[] payload) {
        if (context != null) {
            context.writeAndFlush(ClientFrames.frame(opcode, payload), context.voidPromise());
        }
    }

    /** Takes the response's head from {@code in}, and leaves what is behind it. */
    private void upgrade(ByteBuf sofar, ByteBuf in) {
        while (in.isReadable()) {
            sofar.writeByte(in.readByte());
            if (contains(
                    sofar.slice(Math.max(0, sofar.writerIndex() - 4), Math.min(4, sofar.writerIndex())), END_OF_HEAD)) {
                String response = sofar.toString(StandardCharsets.ISO_8859_1);
                if (!response.startsWith("HTTP/1.1 101 ")) {
                    throw new IllegalStateException("the upgrade was refused: " + response);
                }
                head = null;
                next();
                return;
            }
        }
    }

    private void heard(Deque<Dialect.Step> steps, @Nullable ByteBuf payload) {
        Dialect.Step step = steps.peek();
        if (step != null && payload != null && contains(payload, step.until())) {
            steps.remove();
            next();
        }
    }

    private void next() {
        Dialect.Step step = greeting == null ? null : greeting.peek();
        if (step == null) {
            greeting = null;
            ready.run();
        } else if (step.say().length > 0) {
            say(step.say());
        }
    }
}
