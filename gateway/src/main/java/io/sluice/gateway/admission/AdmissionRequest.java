package io.sluice.gateway.admission;

import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.gateway.policy.Principal;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * A request that wants to become a session.
 *
 * @param uri its target as received
 * @param client who sent it, by {@link Proxies#client}
 * @param certified whom the client's certificate names; null where it showed none
 */
public record AdmissionRequest(
        String uri,
        HttpHeaders headers,
        InetAddress client,
        @Nullable Principal certified) {

    /** Without what may be a token. */
    @Override
    public String toString() {
        return "AdmissionRequest[" + client + "]";
    }

    /** The path of {@link #uri}, with neither query nor scheme and authority. */
    String path() {
        int query = uri.indexOf('?');
        String whole = query < 0 ? uri : uri.substring(0, query);
        int scheme = whole.indexOf("://");
        return scheme <= 0 ? whole : whole.substring(Math.max(scheme, whole.indexOf('/', scheme + 3)));
    }
}
