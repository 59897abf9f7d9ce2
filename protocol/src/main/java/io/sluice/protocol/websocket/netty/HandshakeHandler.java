package io.sluice.protocol.websocket.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.sluice.protocol.websocket.Handshake;
import io.sluice.protocol.websocket.HandshakeRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Turns the first request that reaches it into a WebSocket or into a refusal. Either way that request is the last one: all that spoke
 * HTTP leaves before anything is decided, so that no byte behind the request is ever read as HTTP. What came early waits, and becomes
 * frames.
 */
final class HandshakeHandler extends ChannelInboundHandlerAdapter implements Upgrade {

    private enum State {
        WAITING,
        DECIDING,
        OVER
    }

    private final Channel channel;
    private final HandshakePipeline settings;
    private final ChannelHandler[] http;
    private final HandshakeDeadline deadline;
    private State state = State.WAITING;
    private Handshake.@Nullable Accepted accepted;
    private @Nullable ByteBuf early;

    HandshakeHandler(Channel channel, HandshakePipeline settings, ChannelHandler... http) {
        this.channel = channel;
        this.settings = settings;
        this.http = http;
        deadline = new HandshakeDeadline(channel, settings, this);
    }

    /** To be added right behind the codec. */
    HandshakeDeadline deadline() {
        return deadline;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (state == State.DECIDING && message instanceof ByteBuf bytes) {
            early = early == null ? bytes : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), early, bytes);
            return;
        }
        try {
            if (state == State.WAITING && message instanceof HttpRequest request) {
                decide(request);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void decide(HttpRequest request) {
        channel.config().setAutoRead(false);
        endHttp();
        Throwable malformed = request.decoderResult().cause();
        if (malformed != null) {
            refuse(malformed);
            return;
        }
        if (request.headers().size() > HandshakeSettings.HEADER_LINES) {
            refuse(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Send fewer header lines.");
            return;
        }
        if (request instanceof FullHttpRequest full && full.content().isReadable()) {
            refuse(HttpResponseStatus.BAD_REQUEST, "The request that opens a WebSocket has no body.");
            return;
        }
        HandshakeRequest opening =
                new HandshakeRequest(request.method(), request.uri(), request.protocolVersion(), request.headers());
        Handshake.Answer answer = settings.handshake().answer(opening);
        if (answer instanceof Handshake.Rejected rejected) {
            refuse(rejected.status(), rejected.headers(), rejected.sentence());
        } else if (answer instanceof Handshake.Accepted correct) {
            accepted = correct;
            settings.listener().onUpgrade(channel, opening, correct.subprotocol(), this);
        }
    }

    /** From here on the channel carries bytes; what the codec had read too much comes as the first of them. */
    private void endHttp() {
        state = State.DECIDING;
        ChannelPipeline pipeline = channel.pipeline();
        for (ChannelHandler handler : http) {
            if (pipeline.context(handler) != null) {
                pipeline.remove(handler);
            }
        }
        deadline.begin();
        if (pipeline.get(HttpServerCodec.class) != null) {
            pipeline.remove(HttpServerCodec.class);
        }
    }

    @Override
    public void accept(WebSocketListener listener) {
        accept(listener, accepted);
    }

    @Override
    public void acceptPlain(WebSocketListener listener) {
        accept(listener, accepted == null ? null : accepted.plain());
    }

    private void accept(WebSocketListener listener, Handshake.@Nullable Accepted answer) {
        if (state != State.DECIDING || answer == null || !channel.isActive()) {
            return;
        }
        state = State.OVER;
        ByteBuf bytes = early;
        early = null;
        channel.write(HttpAnswers.switchingProtocols(channel.alloc(), answer), channel.voidPromise());
        channel.pipeline().remove(deadline);
        WebSocketHandler socket = new WebSocketHandler(
                channel,
                settings.webSocketSettings(),
                settings.wheel(channel.eventLoop()),
                answer.subprotocol(),
                answer.deflate(),
                listener);
        channel.pipeline().replace(this, "websocket", socket);
        socket.open(bytes);
    }

    @Override
    public void refuse(HttpResponseStatus status, HttpHeaders headers, String sentence) {
        if (state != State.DECIDING) {
            return;
        }
        end();
        settings.handshakeSettings().onRefused().accept(status);
        deadline.linger();
        channel.write(HttpAnswers.refusal(channel.alloc(), status, headers, sentence), channel.voidPromise());
        HalfClose.afterFlush(channel);
        channel.config().setAutoRead(true);
    }

    /** No answer in time. */
    void expire() {
        if (state == State.WAITING) {
            endHttp();
        }
        refuse(HttpResponseStatus.REQUEST_TIMEOUT, "The handshake took too long.");
    }

    private void refuse(Throwable malformed) {
        if (malformed instanceof TooLongHttpLineException) {
            refuse(HttpResponseStatus.REQUEST_URI_TOO_LONG, "Send a shorter address.");
        } else if (malformed instanceof TooLongHttpHeaderException) {
            refuse(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Send fewer or shorter header lines.");
        } else {
            refuse(HttpResponseStatus.BAD_REQUEST, "This is not HTTP/1.1.");
        }
    }

    private void refuse(HttpResponseStatus status, String sentence) {
        refuse(status, new DefaultHttpHeaders(), sentence);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        end();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
        if (!(cause instanceof IOException) && !(cause instanceof DecoderException)) {
            ctx.fireExceptionCaught(cause);
        }
    }

    private void end() {
        state = State.OVER;
        if (early != null) {
            early.release();
            early = null;
        }
    }
}
