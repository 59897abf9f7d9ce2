package io.sluice.gateway.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.sluice.bridge.Broker;
import io.sluice.bridge.Delivery;
import java.net.URI;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Spans to a collector, by OTLP over HTTP. They wait in a bounded queue, and are dropped where the collector is too slow or away: nobody
 * waits for it. Any thread.
 */
public final class Tracing implements AutoCloseable {

    static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
    static final AttributeKey<String> DESTINATION = AttributeKey.stringKey("messaging.destination.name");
    static final AttributeKey<String> ROUTING_KEY =
            AttributeKey.stringKey("messaging.rabbitmq.destination.routing_key");
    static final AttributeKey<Long> BODY_BYTES = AttributeKey.longKey("messaging.message.body.size");
    static final AttributeKey<String> RULE = AttributeKey.stringKey("sluice.rule");

    static final String TRACEPARENT = "traceparent";
    static final String SCOPE = "io.sluice.gateway";

    private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("service.name");
    private static final long LAST_SPANS_SECONDS = 2;

    /** Version, trace, parent and flags; versions to come may have more behind them (W3C Trace Context, 2.2). */
    private static final Pattern CONTEXT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

    private final SdkTracerProvider provider;
    private final Tracer tracer;

    private Tracing(SdkTracerProvider provider) {
        this.provider = provider;
        tracer = provider.get(SCOPE);
    }

    /**
     * @param endpoint such as {@code http://localhost:4318/v1/traces}
     * @param samplePercent of the traces that begin here; one that began elsewhere is followed if it is sampled there
     */
    public static Tracing to(String endpoint, int samplePercent) {
        BatchSpanProcessor batches = BatchSpanProcessor.builder(new OtlpExporter(URI.create(endpoint)))
                .build();
        return new Tracing(SdkTracerProvider.builder()
                .setResource(
                        Resource.getDefault().toBuilder().put(SERVICE, "sluice").build())
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(samplePercent / 100.0)))
                .addSpanProcessor(batches)
                .build());
    }

    /** {@code broker} with a span from each publish to its confirm, and from each request to its reply. */
    public Broker around(Broker broker) {
        return new TracedBroker(broker, this);
    }

    /**
     * A span from the receipt of {@code delivery} until it is written, in the trace that its publisher named; null where it named none, or
     * one that is not sampled.
     *
     * @return run once when it is written, on any thread; one that never runs leaves no span
     */
    public @Nullable Runnable delivering(Delivery delivery) {
        Context parent = parent(delivery.traceparent());
        return Span.fromContext(parent).getSpanContext().isSampled() ? () -> delivered(delivery, parent) : null;
    }

    private void delivered(Delivery delivery, Context parent) {
        String rule = delivery.rule().name();
        tracer.spanBuilder("deliver " + rule)
                .setParent(parent)
                .setSpanKind(SpanKind.CONSUMER)
                .setStartTimestamp(Instant.now().minusNanos(System.nanoTime() - delivery.receivedNanos()))
                .setAttribute(SYSTEM, "rabbitmq")
                .setAttribute(RULE, rule)
                .setAttribute(ROUTING_KEY, delivery.topic())
                .setAttribute(BODY_BYTES, (long) delivery.body().length)
                .startSpan()
                .end();
    }

    Span begin(String name, SpanKind kind, Context parent) {
        return tracer.spanBuilder(name)
                .setParent(parent)
                .setSpanKind(kind)
                .setAttribute(SYSTEM, "rabbitmq")
                .startSpan();
    }

    /** What a {@code traceparent} says; an empty context where it says nothing that can be read. */
    static Context parent(@Nullable Object traceparent) {
        if (!(traceparent instanceof String text)) {
            return Context.root();
        }
        Matcher context = CONTEXT.matcher(text);
        if (!context.matches()) {
            return Context.root();
        }
        SpanContext parent = SpanContext.createFromRemoteParent(
                context.group(1), context.group(2), TraceFlags.fromHex(context.group(3), 0), TraceState.getDefault());
        return parent.isValid() ? Context.root().with(Span.wrap(parent)) : Context.root();
    }

    /** Sends the last spans, for two seconds at most. Blocks. */
    @Override
    public void close() {
        provider.shutdown().join(LAST_SPANS_SECONDS, TimeUnit.SECONDS);
    }
}
