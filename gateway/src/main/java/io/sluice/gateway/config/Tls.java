package io.sluice.gateway.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a listener shows to prove who it is, and whether it asks the same of clients.
 *
 * @param certificate for every name that {@code sni} does not have
 * @param sni certificates by the name that the client asks for (RFC 6066, 3)
 * @param clientCa PEM file with those that sign the certificates of clients; null where none are asked for
 * @param clientCertificate without effect where {@code clientCa} is null
 */
public record Tls(
        Files certificate, List<Sni> sni, @Nullable String clientCa, ClientCertificate clientCertificate) {

    public Tls {
        sni = List.copyOf(sni);
    }

    /** PEM files, as paths from the working directory: a certificate with its chain, and its private key. */
    public record Files(String certificate, String key) {}

    /** @param host a name, or {@code *.} and a name for all that have one label more */
    public record Sni(String host, Files certificate) {}

    /** Whether a client must have a certificate. */
    public enum ClientCertificate {
        REQUIRED,
        OPTIONAL
    }
}
