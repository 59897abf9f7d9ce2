package io.sluice.gateway.admission;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.impl.BaseJWSProvider;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Set;

/** EdDSA by the JDK (RFC 8037, 3.1): that of the library wants another library beside it. */
final class EdDsaVerifier extends BaseJWSProvider implements JWSVerifier {

    private final PublicKey key;

    EdDsaVerifier(PublicKey key) {
        super(Set.of(JWSAlgorithm.EdDSA));
        this.key = key;
    }

    @Override
    public boolean verify(JWSHeader header, byte[] signed, Base64URL signature) {
        try {
            Signature verification = Signature.getInstance("EdDSA");
            verification.initVerify(key);
            verification.update(signed);
            return verification.verify(signature.decode());
        } catch (GeneralSecurityException malformed) {
            return false;
        }
    }
}
