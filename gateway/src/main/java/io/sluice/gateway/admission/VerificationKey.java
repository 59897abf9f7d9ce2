package io.sluice.gateway.admission;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * A key that may have signed a token.
 *
 * @param id its {@code kid}; null where it has none
 * @param algorithm the only one that its owner uses it with; null where that is not told
 */
record VerificationKey(@Nullable String id, @Nullable String algorithm, JWSVerifier verifier) {

    /** Below this a key can be broken (RFC 7518, 3.3). */
    private static final int RSA_BITS = 2048;

    /** The longest that a verification takes a few milliseconds for. */
    private static final int MOST_RSA_BITS = 8192;

    /** @throws IllegalArgumentException where the secret is too short for every algorithm */
    static VerificationKey of(byte[] secret) {
        try {
            return new VerificationKey(null, null, new MACVerifier(secret));
        } catch (JOSEException tooShort) {
            throw new IllegalArgumentException("the secret has fewer than 32 bytes", tooShort);
        }
    }

    /** Null where a key of this kind or size verifies nothing. */
    static @Nullable VerificationKey of(@Nullable String id, @Nullable String algorithm, PublicKey key) {
        JWSVerifier verifier = verifier(key);
        return verifier == null ? null : new VerificationKey(id, algorithm, verifier);
    }

    /** Whether the header's algorithm is one of this key's. A public key never verifies what a secret signs. */
    boolean speaks(JWSHeader header) {
        return verifier.supportedJWSAlgorithms().contains(header.getAlgorithm())
                && (algorithm == null || algorithm.equals(header.getAlgorithm().getName()));
    }

    boolean signed(JWSObject token) {
        try {
            return token.verify(verifier);
        } catch (JOSEException unusable) {
            return false;
        }
    }

    private static @Nullable JWSVerifier verifier(PublicKey key) {
        try {
            if (key instanceof RSAPublicKey rsa) {
                int bits = rsa.getModulus().bitLength();
                return bits < RSA_BITS || bits > MOST_RSA_BITS ? null : new RSASSAVerifier(rsa);
            }
            if (key instanceof ECPublicKey ec) {
                return new ECDSAVerifier(ec);
            }
            return key instanceof EdECPublicKey edwards && isEd25519(edwards) ? new EdDsaVerifier(key) : null;
        } catch (JOSEException unsupportedCurve) {
            return null;
        }
    }

    private static boolean isEd25519(EdECPublicKey key) {
        return NamedParameterSpec.ED25519
                .getName()
                .equalsIgnoreCase(key.getParams().getName());
    }
}
