package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.json.JsonMapper;

/** A token of the issuer {@code tests}, signed HS256 by the JDK alone with {@link Node#SECRET}. */
record Jwt(String subject, Instant expires, Map<String, Object> claims) {

    static Jwt of(String subject) {
        return new Jwt(subject, Instant.now().plusSeconds(3600), Map.of());
    }

    Jwt expiring(Instant at) {
        return new Jwt(subject, at, claims);
    }

    Jwt with(String claim, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(claims);
        more.put(claim, value);
        return new Jwt(subject, expires, more);
    }

    String signed() {
        return signed(Node.SECRET);
    }

    String signed(String secret) {
        Map<String, Object> payload = new LinkedHashMap<>(Map.of("iss", "tests", "sub", subject));
        payload.put("exp", expires.getEpochSecond());
        payload.putAll(claims);
        String input = base64("{\"alg\":\"HS256\"}".getBytes(UTF_8)) + "."
                + base64(JsonMapper.shared().writeValueAsBytes(payload));
        return input + "." + base64(hmac(input, secret));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] hmac(String input, String secret) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
            return mac.doFinal(input.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
