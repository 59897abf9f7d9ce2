package io.sluice.gateway.server;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.sluice.gateway.admission.CertifiedPrincipal;
import io.sluice.gateway.policy.Principal;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** The certificates that clients show in TLS. */
final class ClientCertificates {

    private ClientCertificates() {}

    /** Whom that of {@code channel} names; null where there is none. It was found good in the TLS handshake, or there is none. */
    static @Nullable Principal principal(Channel channel, String rolesClaim) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls == null || (!tls.engine().getNeedClientAuth() && !tls.engine().getWantClientAuth())) {
            return null;
        }
        try {
            Certificate[] chain = tls.engine().getSession().getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate leaf
                    ? CertifiedPrincipal.of(leaf, rolesClaim)
                    : null;
        } catch (SSLPeerUnverifiedException none) {
            return null;
        }
    }
}
