package io.sluice.gateway.admission;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;

/** Key pairs, and tokens that their private keys sign, by the JDK and not by the library under test. */
final class KeyPairs {

    static final KeyPair RSA = rsa(2048);
    static final KeyPair P256 = ec("secp256r1");
    static final KeyPair P384 = ec("secp384r1");
    static final KeyPair P521 = ec("secp521r1");
    static final KeyPair ED25519 = ed25519();

    private KeyPairs() {}

    static KeyPair of(String algorithm) {
        return switch (algorithm) {
            case "ES256" -> P256;
            case "ES384" -> P384;
            case "ES512" -> P521;
            case "EdDSA" -> ED25519;
            default -> RSA;
        };
    }

    static KeyPair rsa(int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static KeyPair ed25519() {
        return generate("Ed25519");
    }

    static KeyPair ec(String curve) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(curve));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** A token whose header has this {@code alg}, and {@code more} such as {@code ,"kid":"a"}. */
    static String token(String algorithm, String more, String payload, KeyPair pair) {
        String input = input("{\"alg\":\"" + algorithm + "\"" + more + "}", payload);
        return input + "." + Jwt.base64(signature(algorithm, input.getBytes(US_ASCII), pair));
    }

    static String input(String header, String payload) {
        return Jwt.base64(header.getBytes(UTF_8)) + "." + Jwt.base64(payload.getBytes(UTF_8));
    }

    /** As a JWK, whose members {@code more} begin with a comma: {@code ,"kid":"a"}. */
    static String jwk(PublicKey key, String more) {
        if (key instanceof RSAPublicKey rsa) {
            return "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"%s}"
                    .formatted(number(rsa.getModulus(), 0), number(rsa.getPublicExponent(), 0), more);
        }
        if (key instanceof ECPublicKey ec) {
            int bits = ec.getParams().getCurve().getField().getFieldSize();
            int bytes = (bits + 7) / 8;
            return "{\"kty\":\"EC\",\"crv\":\"P-%d\",\"x\":\"%s\",\"y\":\"%s\"%s}"
                    .formatted(
                            bits,
                            number(ec.getW().getAffineX(), bytes),
                            number(ec.getW().getAffineY(), bytes),
                            more);
        }
        // The last 32 bytes of its SubjectPublicKeyInfo (RFC 8410, 4).
        byte[] encoded = key.getEncoded();
        byte[] point = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
        return "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"%s}".formatted(Jwt.base64(point), more);
    }

    static String pem(PublicKey key) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    private static byte[] signature(String algorithm, byte[] input, KeyPair pair) {
        try {
            int bits = algorithm.equals("EdDSA") ? 0 : Integer.parseInt(algorithm.substring(2));
            Signature signature = Signature.getInstance(
                    switch (algorithm.substring(0, 2)) {
                        case "RS" -> "SHA" + bits + "withRSA";
                        case "PS" -> "RSASSA-PSS";
                        case "ES" -> "SHA" + bits + "withECDSAinP1363Format";
                        default -> "EdDSA";
                    });
            if (algorithm.startsWith("PS")) {
                String hash = "SHA-" + bits;
                signature.setParameter(new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), bits / 8, 1));
            }
            signature.initSign(pair.getPrivate());
            signature.update(input);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Big-endian, unsigned, with at least {@code bytes} bytes. */
    private static String number(BigInteger number, int bytes) {
        byte[] signed = number.toByteArray();
        int from = signed.length > 1 && signed[0] == 0 ? 1 : 0;
        int length = signed.length - from;
        byte[] padded = new byte[Math.max(bytes, length)];
        System.arraycopy(signed, from, padded, padded.length - length, length);
        return Jwt.base64(padded);
    }

    private static KeyPair generate(String algorithm) {
        try {
            return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
