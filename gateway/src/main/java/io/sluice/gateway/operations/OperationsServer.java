package io.sluice.gateway.operations;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;

/** The operations port's pipeline: small requests, each answered before the next. */
public final class OperationsServer {

    private static final int REQUEST_BYTES = 8 << 10;
    private static final int IDLE_SECONDS = 60;

    private final OperationsHandler handler;

    /** @param others asked before metrics and health */
    public OperationsServer(Health health, PrometheusMeterRegistry registry, OperationsPaths others) {
        handler = new OperationsHandler(health, registry, others);
    }

    /** Prepares one accepted connection. */
    public void initialize(Channel channel) {
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addLast(
                new ReadTimeoutHandler(IDLE_SECONDS),
                new HttpServerCodec(),
                new HttpObjectAggregator(REQUEST_BYTES),
                handler);
    }
}
