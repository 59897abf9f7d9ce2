package io.sluice.gateway.admission;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tokens from literal JSON, signed by the JDK and not by the library under test. */
final class Jwt {

    static final String SECRET = "0123456789abcdef0123456789abcdef";
    static final String OTHER_SECRET = "fedcba9876543210fedcba9876543210";
    static final String HS256 = "{\"alg\":\"HS256\"}";

    private Jwt() {}

    static String signed(String payload) {
        return signed(HS256, payload, SECRET);
    }

    static String signed(String header, String payload, String secret) {
        String input = base64(header.getBytes(UTF_8)) + "." + base64(payload.getBytes(UTF_8));
        return input + "." + base64(hmac("HmacSHA256", input, secret));
    }

    static String signed512(String header, String payload, String secret) {
        String input = base64(header.getBytes(UTF_8)) + "." + base64(payload.getBytes(UTF_8));
        return input + "." + base64(hmac("HmacSHA512", input, secret));
    }

    static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] hmac(String algorithm, String input, String secret) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), algorithm));
            return mac.doFinal(input.getBytes(UTF_8));
        } catch (GeneralSecurityException missing) {
            throw new AssertionError(missing);
        }
    }
}
