package io.sluice.gateway.admission;

import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.gateway.policy.Principal;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What is asked of the hook, and what it answers, as JSON. */
final class HookMessage {

    /** The issuer of those whom the hook names. */
    static final String ISSUER = "hook";

    /** How long an answer is good for that does not say so. */
    private static final Duration DEFAULT_LIFETIME = Duration.ofHours(1);

    private static final int MOST_DEPTH = 32;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MOST_DEPTH)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

    private HookMessage() {}

    /** The question: of the headers {@code names} alone, each on one line. */
    static byte[] question(HttpHeaders headers, List<String> names, InetAddress client, String path) {
        Map<String, String> shown = new LinkedHashMap<>();
        for (String name : names) {
            List<String> values = headers.getAll(name);
            if (!values.isEmpty()) {
                // Cookies are the one list that a comma does not part (RFC 6265, 5.4).
                shown.put(name, String.join(name.equals("cookie") ? "; " : ", ", values));
            }
        }
        Map<String, Object> question = new LinkedHashMap<>();
        question.put("headers", shown);
        question.put("remoteAddress", client.getHostAddress());
        question.put("path", path);
        return JSON.writeValueAsBytes(question);
    }

    /** Whom {@code body} names; null where it is not what the hook should answer. */
    static @Nullable Principal principal(byte[] body, String rolesClaim, Instant now) {
        Map<String, Object> answer;
        try {
            answer = JSON.readValue(body, OBJECT);
        } catch (JacksonException malformed) {
            return null;
        }
        Instant expires = answer.containsKey("expires") ? instant(answer.get("expires")) : now.plus(DEFAULT_LIFETIME);
        Map<String, Object> claims = claims(answer);
        if (!(answer.get("subject") instanceof String subject)
                || subject.isEmpty()
                || expires == null
                || claims == null) {
            return null;
        }
        claims.put("sub", subject);
        if (answer.containsKey("roles")) {
            List<String> roles = texts(answer.get("roles"));
            if (roles == null) {
                return null;
            }
            claims.put(rolesClaim, roles);
        }
        return Principal.of(ISSUER, subject, claims, rolesClaim, expires);
    }

    private static @Nullable Map<String, Object> claims(Map<String, Object> answer) {
        Map<String, Object> claims = new LinkedHashMap<>();
        Object told = answer.get("claims");
        if (told == null) {
            return claims;
        }
        if (!(told instanceof Map<?, ?> map)) {
            return null;
        }
        map.forEach((name, value) -> claims.put(String.valueOf(name), value));
        return claims;
    }

    private static @Nullable List<String> texts(@Nullable Object told) {
        if (!(told instanceof List<?> list)) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (Object item : list) {
            if (!(item instanceof String text)) {
                return null;
            }
            texts.add(text);
        }
        return texts;
    }

    /** RFC 3339, or seconds since 1970 as in a token. */
    private static @Nullable Instant instant(@Nullable Object told) {
        try {
            return told instanceof String text ? Instant.parse(text) : ClaimChecks.instant(told);
        } catch (DateTimeParseException malformed) {
            return null;
        }
    }
}
