package io.sluice.gateway.operations;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/** {@code GET /metrics}, {@code /health/live} and {@code /health/ready} (spec: HTTP). */
@Sharable
final class OperationsHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(OperationsHandler.class);

    private static final String PLAIN = "text/plain; charset=utf-8";
    private static final String JSON = "application/json";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private record Answer(HttpResponseStatus status, String contentType, String body) {}

    private final Health health;
    private final PrometheusMeterRegistry registry;

    OperationsHandler(Health health, PrometheusMeterRegistry registry) {
        this.health = health;
        this.registry = registry;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        boolean head = request.method().equals(HttpMethod.HEAD);
        Answer answer = request.decoderResult().isFailure()
                ? new Answer(HttpResponseStatus.BAD_REQUEST, PLAIN, "This is not an HTTP request.\n")
                : answer(request, head);
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, answer.status(), head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
                .set("x-content-type-options", "nosniff");
        boolean keepAlive =
                HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
        HttpUtil.setKeepAlive(response, keepAlive);
        var written = ctx.writeAndFlush(response);
        if (!keepAlive) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("an operations connection was closed: {}", cause.toString());
        ctx.close();
    }

    private Answer answer(FullHttpRequest request, boolean head) {
        if (!head && !request.method().equals(HttpMethod.GET)) {
            return new Answer(HttpResponseStatus.METHOD_NOT_ALLOWED, PLAIN, "Only GET is answered here.\n");
        }
        return switch (new QueryStringDecoder(request.uri()).rawPath()) {
            case "/metrics" -> new Answer(HttpResponseStatus.OK, PROMETHEUS, registry.scrape());
            case "/health/live" -> new Answer(HttpResponseStatus.OK, JSON, "{\"status\":\"live\"}\n");
            case "/health/ready" -> ready();
            default ->
                new Answer(HttpResponseStatus.NOT_FOUND, PLAIN, "Here are /metrics, /health/live and /health/ready.\n");
        };
    }

    private Answer ready() {
        String reason = health.notReady();
        return reason == null
                ? new Answer(HttpResponseStatus.OK, JSON, "{\"status\":\"ready\"}\n")
                : new Answer(HttpResponseStatus.SERVICE_UNAVAILABLE, JSON, notReady(reason));
    }

    private static String notReady(String reason) {
        return MAPPER.createObjectNode().put("status", "not ready").put("reason", reason) + "\n";
    }
}
