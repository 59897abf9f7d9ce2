package io.sluice.gateway.operations;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One request to the operations port, and the way back to who asked. It is answered once, from any thread. */
public final class HttpExchange {

    private final Channel channel;
    private final HttpMethod method;
    private final String path;
    private final Map<String, List<String>> parameters;
    private final @Nullable String authorization;
    private boolean keepAlive;

    private HttpExchange(Channel channel, FullHttpRequest request) {
        this.channel = channel;
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        method = request.method();
        path = uri.path();
        parameters = uri.parameters();
        authorization = request.headers().get(HttpHeaderNames.AUTHORIZATION);
        keepAlive = HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
    }

    /**
     * Borrows {@code request}.
     *
     * @throws IllegalArgumentException its target is no URI
     */
    static HttpExchange of(Channel channel, FullHttpRequest request) {
        return new HttpExchange(channel, request);
    }

    /** The same, and its connection ends with the answer. */
    HttpExchange last() {
        keepAlive = false;
        return this;
    }

    public HttpMethod method() {
        return method;
    }

    /** Decoded, without the query. */
    public String path() {
        return path;
    }

    /** The first value of a parameter of the query; null where it has none. */
    public @Nullable String parameter(String name) {
        List<String> values = parameters.get(name);
        return values == null ? null : values.get(0);
    }

    /** The header of that name, as it came. */
    public @Nullable String authorization() {
        return authorization;
    }

    /** Who asks, for the log. */
    public String address() {
        return channel.remoteAddress() instanceof InetSocketAddress remote
                ? remote.getAddress().getHostAddress()
                : "nowhere";
    }

    public void answer(HttpAnswer answer) {
        ByteBuf body = method.equals(HttpMethod.HEAD) ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(answer.body());
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status(), body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
                .set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length)
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
                .set("x-content-type-options", "nosniff");
        answer.headers().forEach(response.headers()::set);
        HttpUtil.setKeepAlive(response, keepAlive);
        var written = channel.writeAndFlush(response);
        if (!keepAlive) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** Answers with events that come one after the other. */
    public EventStream stream() {
        return EventStream.begin(channel);
    }
}
