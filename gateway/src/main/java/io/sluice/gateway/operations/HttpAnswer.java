package io.sluice.gateway.operations;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One response.
 *
 * @param headers beside those of every answer
 * @param body shared, not to be written to
 */
public record HttpAnswer(HttpResponseStatus status, String contentType, byte[] body, Map<String, String> headers) {

    private static final String PLAIN = "text/plain; charset=utf-8";
    private static final String JSON = "application/json";

    static HttpAnswer plain(HttpResponseStatus status, String text) {
        return text(status, PLAIN, text + "\n");
    }

    static HttpAnswer text(HttpResponseStatus status, String contentType, String text) {
        return new HttpAnswer(status, contentType, text.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    public static HttpAnswer json(HttpResponseStatus status, JsonNode body) {
        return text(status, JSON, body + "\n");
    }

    /** A refusal as {@code {"error": sentence}}. */
    public static HttpAnswer error(HttpResponseStatus status, String sentence) {
        return json(status, JsonMapper.shared().createObjectNode().put("error", sentence));
    }

    /** The same with one header more. */
    public HttpAnswer with(String header, String value) {
        return new HttpAnswer(status, contentType, body, Map.of(header, value));
    }
}
