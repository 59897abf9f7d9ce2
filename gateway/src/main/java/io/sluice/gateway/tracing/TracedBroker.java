package io.sluice.gateway.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.sluice.bridge.BindOutcome;
import io.sluice.bridge.Broker;
import io.sluice.bridge.BrokerListener;
import io.sluice.bridge.BrokerState;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.History;
import io.sluice.bridge.Publication;
import io.sluice.bridge.PublishOutcome;
import io.sluice.bridge.RequestOutcome;
import io.sluice.bridge.WorkQueue;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** Passes everything on; publishes and requests travel with the context of their span, so that back ends stand below it. */
final class TracedBroker implements Broker {

    private final Broker broker;
    private final Tracing tracing;

    TracedBroker(Broker broker, Tracing tracing) {
        this.broker = broker;
        this.tracing = tracing;
    }

    @Override
    public void publish(Publication publication, Consumer<PublishOutcome> settled) {
        Span span = begin("publish", SpanKind.PRODUCER, publication);
        broker.publish(within(span, publication), outcome -> {
            end(span, outcome instanceof PublishOutcome.Confirmed, outcome);
            settled.accept(outcome);
        });
    }

    @Override
    public void request(Publication publication, long timeoutMillis, Consumer<RequestOutcome> settled) {
        Span span = begin("request", SpanKind.CLIENT, publication);
        broker.request(within(span, publication), timeoutMillis, outcome -> {
            end(span, outcome instanceof RequestOutcome.Replied, outcome);
            settled.accept(outcome);
        });
    }

    @Override
    public void start(BrokerListener listener, DeliverySink sink) {
        broker.start(listener, sink);
    }

    @Override
    public boolean available(Rule rule) {
        return broker.available(rule);
    }

    @Override
    public void bind(Rule rule, TopicPattern pattern, Consumer<BindOutcome> settled) {
        broker.bind(rule, pattern, settled);
    }

    @Override
    public void unbind(Rule rule, TopicPattern pattern) {
        broker.unbind(rule, pattern);
    }

    @Override
    public History history(Rule rule) {
        return broker.history(rule);
    }

    @Override
    public WorkQueue work(Rule rule, int credit, WorkQueue.Sink sink) {
        return broker.work(rule, credit, sink);
    }

    @Override
    public BrokerState state() {
        return broker.state();
    }

    @Override
    public void close() {
        broker.close();
    }

    private Span begin(String what, SpanKind kind, Publication publication) {
        String rule = publication.route().rule().name();
        return tracing.begin(
                        what + ' ' + rule,
                        kind,
                        Tracing.parent(publication.headers().get(Tracing.TRACEPARENT)))
                .setAttribute(Tracing.RULE, rule)
                .setAttribute(Tracing.DESTINATION, publication.route().exchange())
                .setAttribute(Tracing.ROUTING_KEY, publication.route().routingKey())
                .setAttribute(Tracing.BODY_BYTES, (long) publication.body().length);
    }

    private static void end(Span span, boolean well, Object outcome) {
        if (!well) {
            span.setStatus(StatusCode.ERROR, outcome.getClass().getSimpleName().toLowerCase(Locale.ROOT));
        }
        span.end();
    }

    private static Publication within(Span span, Publication publication) {
        SpanContext context = span.getSpanContext();
        Map<String, Object> headers = new HashMap<>(publication.headers());
        headers.put(
                Tracing.TRACEPARENT,
                "00-" + context.getTraceId() + '-' + context.getSpanId() + '-'
                        + context.getTraceFlags().asHex());
        return new Publication(
                publication.route(),
                publication.lane(),
                publication.body(),
                publication.contentType(),
                publication.messageId(),
                publication.user(),
                publication.session(),
                headers,
                publication.ttlMillis());
    }
}
