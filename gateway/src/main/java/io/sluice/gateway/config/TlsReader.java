package io.sluice.gateway.config;

import io.sluice.gateway.config.Tls.ClientCertificate;
import io.sluice.gateway.config.Tls.Sni;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The {@code tls} of a listener. */
final class TlsReader {

    /** A name of the DNS in ASCII (RFC 1123, 2.1), or a wildcard for its first label (RFC 6125, 6.4.3). */
    private static final Pattern HOST =
            Pattern.compile("(?=.{1,253}$)(\\*\\.)?[a-z0-9_]([a-z0-9_-]{0,62})(\\.[a-z0-9_]([a-z0-9_-]{0,62}))*");

    private final PathReader files;
    private final Set<String> told = new HashSet<>();

    private TlsReader(PathReader files) {
        this.files = files;
    }

    static Tls tls(Section section, PathReader files) {
        TlsReader reader = new TlsReader(files);
        String clientCa = files.optional(section, "clientCa");
        if (clientCa == null && section.has("clientCertificate")) {
            section.problem(
                    "clientCertificate", "No certificate is asked for without a clientCa: add it, or remove this.");
        }
        return new Tls(
                certificate(section, files),
                section.sections("sni", List.of(), reader::sni),
                clientCa,
                section.choice("clientCertificate", ClientCertificate.REQUIRED, ClientCertificate.values()));
    }

    /** The {@code certificate} and {@code key} of a section. */
    static Tls.Files certificate(Section section, PathReader files) {
        return new Tls.Files(files.required(section, "certificate"), files.required(section, "key"));
    }

    private Sni sni(Section section) {
        String host = section.required("host").toLowerCase(Locale.ROOT);
        String problem = host.isEmpty() ? null : hostProblem(host);
        if (problem != null) {
            section.problem("host", problem);
        }
        return new Sni(host, certificate(section, files));
    }

    private @Nullable String hostProblem(String host) {
        if (!HOST.matcher(host).matches()) {
            return "Expected a host name in ASCII such as app.example.com or *.example.com, found "
                    + Section.quoted(host) + ".";
        }
        return told.add(host) ? null : "This host has a certificate already: remove one of them.";
    }
}
