package io.sluice.gateway.operations;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/** {@code GET /metrics}, {@code /health/live} and {@code /health/ready}, and what else is there (spec: HTTP). */
@Sharable
final class OperationsHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(OperationsHandler.class);

    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final Health health;
    private final PrometheusMeterRegistry registry;
    private final OperationsPaths others;

    OperationsHandler(Health health, PrometheusMeterRegistry registry, OperationsPaths others) {
        this.health = health;
        this.registry = registry;
        this.others = others;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        HttpExchange exchange;
        try {
            exchange = HttpExchange.of(ctx.channel(), request);
        } catch (IllegalArgumentException noUri) {
            ctx.close();
            return;
        }
        if (request.decoderResult().isFailure()) {
            exchange.answer(HttpAnswer.plain(HttpResponseStatus.BAD_REQUEST, "This is not an HTTP request."));
        } else if (others.has(exchange.path())) {
            // Its answer may come later, and what was sent behind it must not be answered before it.
            ctx.pipeline().replace(this, "answered", new Answered());
            others.serve(exchange.last());
        } else {
            exchange.answer(answer(exchange));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("an operations connection was closed: {}", cause.toString());
        ctx.close();
    }

    /** Takes no more requests. */
    private static final class Answered extends SimpleChannelInboundHandler<Object> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, Object message) {}

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    private HttpAnswer answer(HttpExchange exchange) {
        if (!exchange.method().equals(HttpMethod.GET) && !exchange.method().equals(HttpMethod.HEAD)) {
            return HttpAnswer.plain(HttpResponseStatus.METHOD_NOT_ALLOWED, "Only GET is answered here.");
        }
        return switch (exchange.path()) {
            case "/metrics" -> HttpAnswer.text(HttpResponseStatus.OK, PROMETHEUS, registry.scrape());
            case "/health/live" ->
                HttpAnswer.json(HttpResponseStatus.OK, MAPPER.createObjectNode().put("status", "live"));
            case "/health/ready" -> ready();
            default ->
                HttpAnswer.plain(HttpResponseStatus.NOT_FOUND, "Here are /metrics, /health/live and /health/ready.");
        };
    }

    private HttpAnswer ready() {
        String reason = health.notReady();
        return reason == null
                ? HttpAnswer.json(
                        HttpResponseStatus.OK, MAPPER.createObjectNode().put("status", "ready"))
                : HttpAnswer.json(
                        HttpResponseStatus.SERVICE_UNAVAILABLE,
                        MAPPER.createObjectNode().put("status", "not ready").put("reason", reason));
    }
}
