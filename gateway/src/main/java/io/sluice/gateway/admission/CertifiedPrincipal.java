package io.sluice.gateway.admission;

import io.sluice.gateway.policy.Principal;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/** Whom a client's certificate names, once TLS has found it good. */
public final class CertifiedPrincipal {

    /** The issuer of those whom a certificate names. */
    static final String ISSUER = "mtls";

    /** Types of a subject alternative name (RFC 5280, 4.2.1.6), by the claim that lists them. */
    private static final Map<Integer, String> NAMES = Map.of(1, "email", 2, "dns", 6, "uri");

    private CertifiedPrincipal() {}

    /**
     * The principal of {@code certificate}: its subject is the common name, or the first alternative name where there is none; it ends
     * with the certificate. Its claims are {@code cn}, {@code ou} and {@code o}, and the lists {@code dns}, {@code uri} and {@code
     * email}. Null where the certificate names nobody.
     */
    public static @Nullable Principal of(X509Certificate certificate, String rolesClaim) {
        Map<String, Object> claims = new LinkedHashMap<>();
        Map<String, List<String>> names = alternativeNames(certificate);
        claims.putAll(names);
        distinguishedName(certificate, claims);
        String subject = claims.get("cn") instanceof String commonName ? commonName : first(names);
        if (subject == null || subject.isEmpty()) {
            return null;
        }
        claims.put("sub", subject);
        return Principal.of(
                ISSUER, subject, claims, rolesClaim, certificate.getNotAfter().toInstant());
    }

    private static @Nullable String first(Map<String, List<String>> names) {
        for (String kind : List.of("uri", "dns", "email")) {
            List<String> found = names.get(kind);
            if (found != null) {
                return found.get(0);
            }
        }
        return null;
    }

    /** The most specific of several values, as X.500 writes it last and RFC 4514 first. */
    private static void distinguishedName(X509Certificate certificate, Map<String, Object> claims) {
        try {
            for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                String kind = part.getType().toLowerCase(java.util.Locale.ROOT);
                if (List.of("cn", "ou", "o").contains(kind) && part.getValue() instanceof String text) {
                    claims.put(kind, text);
                }
            }
        } catch (InvalidNameException unreadable) {
            claims.remove("cn");
        }
    }

    private static Map<String, List<String>> alternativeNames(X509Certificate certificate) {
        Map<String, List<String>> names = new LinkedHashMap<>();
        try {
            Collection<List<?>> all = certificate.getSubjectAlternativeNames();
            for (List<?> name : all == null ? List.<List<?>>of() : all) {
                String kind = name.get(0) instanceof Integer type ? NAMES.get(type) : null;
                if (kind != null && name.get(1) instanceof String text) {
                    names.computeIfAbsent(kind, first -> new ArrayList<>()).add(text);
                }
            }
        } catch (CertificateParsingException unreadable) {
            names.clear();
        }
        return names;
    }
}
