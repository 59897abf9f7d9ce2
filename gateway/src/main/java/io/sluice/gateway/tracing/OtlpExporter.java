package io.sluice.gateway.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends spans as OTLP over HTTP, in its JSON encoding (OTLP 1.x, 3.2). It tells once that the collector is away, and once that it is back.
 * Any thread; never blocks.
 */
final class OtlpExporter implements SpanExporter {

    private static final Logger LOG = LoggerFactory.getLogger(OtlpExporter.class);

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final URI endpoint;
    private final AtomicBoolean away = new AtomicBoolean();

    OtlpExporter(URI endpoint) {
        this.endpoint = endpoint;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
        HttpRequest request = HttpRequest.newBuilder(endpoint)
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json(spans).toString()))
                .build();
        CompletableResultCode result = new CompletableResultCode();
        var unused = http.sendAsync(request, BodyHandlers.discarding()).handle((response, failure) -> {
            boolean taken = taken(response);
            tell(taken);
            return taken ? result.succeed() : result.fail();
        });
        return result;
    }

    @Override
    public CompletableResultCode flush() {
        return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
        return CompletableResultCode.ofSuccess();
    }

    private static boolean taken(@Nullable HttpResponse<?> response) {
        return response != null && response.statusCode() / 100 == 2;
    }

    private void tell(boolean taken) {
        if (away.compareAndSet(taken, !taken)) {
            if (taken) {
                LOG.info("the collector at {} takes spans again", endpoint);
            } else {
                LOG.warn(
                        "the collector at {} takes no spans: they are dropped. Check operations.traces.endpoint",
                        endpoint);
            }
        }
    }

    private static ObjectNode json(Collection<SpanData> spans) {
        ObjectNode request = JsonMapper.shared().createObjectNode();
        ObjectNode resourceSpans = request.putArray("resourceSpans").addObject();
        Resource resource = spans.isEmpty()
                ? Resource.getDefault()
                : spans.iterator().next().getResource();
        attributes(resource.getAttributes(), resourceSpans.putObject("resource").putArray("attributes"));
        ObjectNode scopeSpans = resourceSpans.putArray("scopeSpans").addObject();
        scopeSpans.putObject("scope").put("name", Tracing.SCOPE);
        ArrayNode told = scopeSpans.putArray("spans");
        spans.forEach(span -> span(span, told.addObject()));
        return request;
    }

    private static void span(SpanData span, ObjectNode into) {
        into.put("traceId", span.getTraceId());
        into.put("spanId", span.getSpanId());
        if (span.getParentSpanContext().isValid()) {
            into.put("parentSpanId", span.getParentSpanId());
        }
        into.put("name", span.getName());
        into.put("kind", kind(span.getKind()));
        // 64-bit numbers are strings in the JSON of protobuf.
        into.put("startTimeUnixNano", Long.toString(span.getStartEpochNanos()));
        into.put("endTimeUnixNano", Long.toString(span.getEndEpochNanos()));
        attributes(span.getAttributes(), into.putArray("attributes"));
        if (span.getStatus().getStatusCode() == StatusCode.ERROR) {
            into.putObject("status")
                    .put("code", 2)
                    .put("message", span.getStatus().getDescription());
        }
    }

    private static int kind(SpanKind kind) {
        return switch (kind) {
            case INTERNAL -> 1;
            case SERVER -> 2;
            case CLIENT -> 3;
            case PRODUCER -> 4;
            case CONSUMER -> 5;
        };
    }

    private static void attributes(Attributes attributes, ArrayNode into) {
        attributes.forEach((AttributeKey<?> key, Object value) -> {
            ObjectNode said = into.addObject().put("key", key.getKey()).putObject("value");
            if (value instanceof Long number) {
                said.put("intValue", number.toString());
            } else {
                said.put("stringValue", value.toString());
            }
        });
    }
}
