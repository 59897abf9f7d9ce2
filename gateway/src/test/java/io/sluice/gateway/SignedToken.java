package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;

/** A token of the issuer {@code id} for the audience {@code sluice}, signed ES256 by the JDK alone. */
record SignedToken(String subject, String keyId, Instant expires) {

    private static final KeyPair KEYS = keys();

    static SignedToken of(String subject) {
        return new SignedToken(subject, "one", Instant.now().plusSeconds(3600));
    }

    /** With another {@code kid}, which nobody knows. */
    SignedToken naming(String other) {
        return new SignedToken(subject, other, expires);
    }

    String signed() {
        String header = "{\"alg\":\"ES256\",\"kid\":\"" + keyId + "\"}";
        String payload = "{\"iss\":\"id\",\"aud\":\"sluice\",\"sub\":\"%s\",\"exp\":%d}"
                .formatted(subject, expires.getEpochSecond());
        String input = base64(header.getBytes(UTF_8)) + "." + base64(payload.getBytes(UTF_8));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(KEYS.getPrivate());
            signature.update(input.getBytes(UTF_8));
            return input + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** What its issuer publishes (RFC 7517, 5). */
    static String jwks() {
        ECPublicKey key = (ECPublicKey) KEYS.getPublic();
        return "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"one\",\"x\":\"%s\",\"y\":\"%s\"}]}"
                .formatted(
                        coordinate(key.getW().getAffineX().toByteArray()),
                        coordinate(key.getW().getAffineY().toByteArray()));
    }

    /** Exactly 32 bytes. */
    private static String coordinate(byte[] number) {
        byte[] padded = new byte[32];
        int length = Math.min(32, number.length);
        System.arraycopy(number, number.length - length, padded, 32 - length, length);
        return base64(padded);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
