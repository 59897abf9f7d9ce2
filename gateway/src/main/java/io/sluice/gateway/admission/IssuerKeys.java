package io.sluice.gateway.admission;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import io.sluice.gateway.config.Authentication.Issuer;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What verifies the tokens of one issuer: its secret, or public keys from a file, from the network, or both. Any thread. */
final class IssuerKeys {

    private final Issuer issuer;
    private final KeySet configured;
    private final @Nullable FetchedKeys fetched;

    private IssuerKeys(Issuer issuer, KeySet configured, @Nullable FetchedKeys fetched) {
        this.issuer = issuer;
        this.configured = configured;
        this.fetched = fetched;
    }

    /**
     * @param fetched where its {@code jwksUri} is asked; null where it has none
     * @throws IOException with a sentence, where its {@code publicKey} cannot be used
     */
    static IssuerKeys of(Issuer issuer, @Nullable FetchedKeys fetched) throws IOException {
        if (issuer.secret() != null) {
            VerificationKey secret = VerificationKey.of(issuer.secret().getBytes(UTF_8));
            return new IssuerKeys(issuer, new KeySet(List.of(secret)), null);
        }
        KeySet file = issuer.publicKey() == null ? KeySet.NONE : KeySet.ofPem(issuer.publicKey());
        return new IssuerKeys(issuer, file, fetched);
    }

    Issuer issuer() {
        return issuer;
    }

    @Nullable
    FetchedKeys fetched() {
        return fetched;
    }

    boolean secret() {
        return issuer.secret() != null;
    }

    /** Whether the issuer uses this algorithm. Asked before any key is looked for (RFC 8725, 3.1). */
    boolean allows(JWSHeader header) {
        return issuer.algorithms().contains(header.getAlgorithm().getName());
    }

    /** Whether a key that is known now signed {@code token}. */
    boolean signed(JWSObject token) {
        return configured.signed(token) || (fetched != null && fetched.keys().signed(token));
    }

    /** Whether newer keys of the issuer might have signed {@code token}: none of those that are known has the name it gives. */
    boolean mayBeNewer(JWSHeader header) {
        return fetched != null && !fetched.keys().knows(header.getKeyID());
    }
}
