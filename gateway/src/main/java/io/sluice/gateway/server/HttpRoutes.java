package io.sluice.gateway.server;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The paths of the public port. {@code /ws}, and what is no HTTP at all, goes on to the opening handshake; everything else is answered
 * here, and the connection closed with it: one request, one answer, nothing behind it is read.
 */
final class HttpRoutes extends ChannelInboundHandlerAdapter {

    static final String NAME = "routes";

    private static final String WEBSOCKET = "/ws";
    private static final StaticResources.Resource NOT_FOUND = new StaticResources.Resource(
            Map.of("content-type", "text/plain; charset=utf-8", "x-content-type-options", "nosniff"),
            "Nothing is here. WebSocket clients connect to /ws.\n".getBytes(StandardCharsets.UTF_8));
    private static final StaticResources.Resource NOT_ALLOWED = new StaticResources.Resource(
            Map.of(
                    "content-type",
                    "text/plain; charset=utf-8",
                    "x-content-type-options",
                    "nosniff",
                    "allow",
                    "GET, HEAD"),
            "Only GET and HEAD are answered here.\n".getBytes(StandardCharsets.UTF_8));

    private final StaticResources resources;
    private boolean answered;

    HttpRoutes(StaticResources resources) {
        this.resources = resources;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (answered) {
            ReferenceCountUtil.release(message);
        } else if (message instanceof HttpRequest request && !isForHandshake(request)) {
            answered = true;
            answer(ctx, request);
            ReferenceCountUtil.release(message);
        } else {
            ctx.fireChannelRead(message);
        }
    }

    private static boolean isForHandshake(HttpRequest request) {
        return request.decoderResult().isFailure() || path(request).equals(WEBSOCKET);
    }

    private void answer(ChannelHandlerContext ctx, HttpRequest request) {
        boolean head = request.method().equals(HttpMethod.HEAD);
        if (!head && !request.method().equals(HttpMethod.GET)) {
            respond(ctx, HttpResponseStatus.METHOD_NOT_ALLOWED, NOT_ALLOWED, false);
            return;
        }
        StaticResources.Resource resource = resources.find(path(request));
        if (resource == null) {
            respond(ctx, HttpResponseStatus.NOT_FOUND, NOT_FOUND, head);
        } else {
            respond(ctx, HttpResponseStatus.OK, resource, head);
        }
    }

    private static void respond(
            ChannelHandlerContext ctx, HttpResponseStatus status, StaticResources.Resource resource, boolean head) {
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(resource.body()));
        resource.headers().forEach(response.headers()::set);
        response.headers()
                .set(HttpHeaderNames.CONTENT_LENGTH, resource.body().length)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    /** Without the query, and without scheme and authority: "a server MUST accept the absolute-form" (RFC 9112, 3.2.2). */
    private static String path(HttpRequest request) {
        String target = request.uri();
        int query = target.indexOf('?');
        String whole = query < 0 ? target : target.substring(0, query);
        int scheme = whole.indexOf("://");
        return scheme <= 0 ? whole : whole.substring(Math.max(scheme, whole.indexOf('/', scheme + 3)));
    }
}
