package io.sluice.gateway.server;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.sluice.gateway.config.Configuration.Tls;
import java.io.File;
import java.io.IOException;
import javax.net.ssl.SSLException;

/** TLS from PEM files: 1.2 and 1.3, by BoringSSL where its native library is at hand, by the JDK elsewhere. */
final class TlsContexts {

    private TlsContexts() {}

    /** @throws IOException with a sentence that names the file and what is wrong with it */
    static SslContext server(Tls tls) throws IOException {
        File certificate = readable(tls.certificate(), "certificate");
        File key = readable(tls.key(), "key");
        try {
            return SslContextBuilder.forServer(certificate, key)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new IOException(
                    "tls: " + tls.certificate() + " and " + tls.key()
                            + " are not a PEM certificate chain and its PKCS#8 private key: " + e.getMessage(),
                    e);
        }
    }

    private static File readable(String path, String what) throws IOException {
        File file = new File(path);
        if (!file.canRead()) {
            throw new IOException("tls." + what + ": " + path + " does not exist or cannot be read.");
        }
        return file;
    }
}
