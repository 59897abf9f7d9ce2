package io.sluice.gateway.admission;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import io.sluice.gateway.tls.Pem;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of one issuer, at one time. Immutable. */
record KeySet(List<VerificationKey> keys) {

    static final KeySet NONE = new KeySet(List.of());

    /** Keys that are looked at of one JWK set. */
    private static final int MOST_KEYS = 64;

    /** What stands before the 32 bytes of an Ed25519 key to make them a SubjectPublicKeyInfo (RFC 8410, 10.1). */
    private static final byte[] ED25519_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    private static final int ED25519_BYTES = 32;

    KeySet {
        keys = List.copyOf(keys);
    }

    /** Those of a PEM file; throws a sentence that names the file where one of them cannot be used. */
    static KeySet ofPem(String file) throws IOException {
        List<VerificationKey> keys = new ArrayList<>();
        for (PublicKey key : Pem.publicKeys(file)) {
            VerificationKey verifying = VerificationKey.of(null, null, key);
            if (verifying == null) {
                throw new IOException(
                        file
                                + " has a key that signs no token: RSA has 2048 to 8192 bits, EC is P-256, P-384 or P-521, EdDSA is Ed25519.");
            }
            keys.add(verifying);
        }
        return new KeySet(keys);
    }

    /** Those of a JWK set that verify something (RFC 7517, 5); others are passed over. Null where it is no JWK set. */
    static @Nullable KeySet ofJwks(String json) {
        try {
            List<VerificationKey> keys = new ArrayList<>();
            for (JWK key : JWKSet.parse(json).getKeys()) {
                VerificationKey verifying = keys.size() < MOST_KEYS ? verifying(key) : null;
                if (verifying != null) {
                    keys.add(verifying);
                }
            }
            return new KeySet(keys);
        } catch (ParseException malformed) {
            return null;
        }
    }

    KeySet and(KeySet more) {
        List<VerificationKey> all = new ArrayList<>(keys);
        all.addAll(more.keys);
        return new KeySet(all);
    }

    boolean isEmpty() {
        return keys.isEmpty();
    }

    /** Whether one of the keys signed {@code token}. A {@code kid} narrows the choice, and is nothing but a name to compare. */
    boolean signed(JWSObject token) {
        JWSHeader header = token.getHeader();
        boolean named = knows(header.getKeyID());
        for (VerificationKey key : keys) {
            boolean candidate =
                    named ? header.getKeyID().equals(key.id()) : header.getKeyID() == null || key.id() == null;
            if (candidate && key.speaks(header) && key.signed(token)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a key has this {@code kid}. */
    boolean knows(@Nullable String id) {
        return id != null && keys.stream().anyMatch(key -> id.equals(key.id()));
    }

    private static @Nullable VerificationKey verifying(JWK key) {
        boolean other = key.getKeyUse() != null && !key.getKeyUse().equals(KeyUse.SIGNATURE);
        boolean mayNot =
                key.getKeyOperations() != null && !key.getKeyOperations().contains(KeyOperation.VERIFY);
        PublicKey decoded = other || mayNot ? null : publicKey(key);
        return decoded == null
                ? null
                : VerificationKey.of(
                        key.getKeyID(),
                        key.getAlgorithm() == null ? null : key.getAlgorithm().getName(),
                        decoded);
    }

    private static @Nullable PublicKey publicKey(JWK key) {
        try {
            if (key instanceof OctetKeyPair pair) {
                return ed25519(pair);
            }
            return key instanceof AsymmetricJWK asymmetric ? asymmetric.toPublicKey() : null;
        } catch (JOSEException | GeneralSecurityException unusable) {
            return null;
        }
    }

    private static @Nullable PublicKey ed25519(OctetKeyPair pair) throws GeneralSecurityException {
        byte[] point = pair.getDecodedX();
        if (point.length != ED25519_BYTES || !pair.getCurve().getName().equals("Ed25519")) {
            return null;
        }
        byte[] encoded = new byte[ED25519_PREFIX.length + ED25519_BYTES];
        System.arraycopy(ED25519_PREFIX, 0, encoded, 0, ED25519_PREFIX.length);
        System.arraycopy(point, 0, encoded, ED25519_PREFIX.length, ED25519_BYTES);
        return KeyFactory.getInstance("EdDSA").generatePublic(new X509EncodedKeySpec(encoded));
    }
}
