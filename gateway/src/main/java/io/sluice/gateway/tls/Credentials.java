package io.sluice.gateway.tls;

import io.sluice.gateway.config.Tls;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * A certificate with its chain, the leaf first, and the private key of the leaf.
 */
record Credentials(List<X509Certificate> chain, PrivateKey key) {

    Credentials {
        chain = List.copyOf(chain);
    }

    /**
     * Those of {@code files}. Blocks on the disk.
     *
     * @throws IOException with a sentence that names a file, where they cannot be read, do not belong together, or are out of their time
     *     at {@code now}
     */
    static Credentials read(Tls.Files files, Instant now) throws IOException {
        Credentials credentials = new Credentials(Pem.certificates(files.certificate()), Pem.privateKey(files.key()));
        if (!now.isBefore(credentials.expires())) {
            throw new IOException("%s expired on %s: renew it.".formatted(files.certificate(), credentials.expires()));
        }
        if (!credentials.fit()) {
            throw new IOException(
                    "%s is not the private key of the first certificate in %s: put the leaf first, and its key beside it."
                            .formatted(files.key(), files.certificate()));
        }
        return credentials;
    }

    /** When the first of the chain is no longer good. */
    Instant expires() {
        return chain.stream()
                .map(certificate -> certificate.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElse(Instant.EPOCH);
    }

    /** Nothing later would say so before the first client fails. */
    private boolean fit() {
        PublicKey leaf = chain.get(0).getPublicKey();
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        try {
            byte[] probe = leaf.getEncoded();
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(key);
            signing.update(probe);
            byte[] signature = signing.sign();
            Signature verification = Signature.getInstance(algorithm);
            verification.initVerify(leaf);
            verification.update(probe);
            return verification.verify(signature);
        } catch (GeneralSecurityException different) {
            return false;
        }
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "Credentials[" + chain.get(0).getSubjectX500Principal() + "]";
    }
}
