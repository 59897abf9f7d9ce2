package io.sluice.gateway.tls;

import io.sluice.gateway.config.Amqp.AmqpTls;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** The TLS of the way to the broker. There is no way to trust everybody. */
public final class BrokerTls {

    private static final char[] IN_MEMORY = new char[0];

    private BrokerTls() {}

    /**
     * Trusts those that sign for {@code tls.ca()} alone, or those that the JVM trusts. Blocks on the disk.
     *
     * @throws IOException with a sentence that names the file and what is wrong with it
     */
    public static SSLContext context(AmqpTls tls) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(tls), trust(tls), null);
            return context;
        } catch (GeneralSecurityException unusable) {
            throw new IOException("amqp.tls cannot be set up: " + unusable.getMessage(), unusable);
        }
    }

    private static TrustManager @Nullable [] trust(AmqpTls tls) throws IOException, GeneralSecurityException {
        if (tls.ca() == null) {
            return null;
        }
        KeyStore trusted = emptyStore();
        List<X509Certificate> authorities = Pem.certificates(tls.ca());
        for (int i = 0; i < authorities.size(); i++) {
            trusted.setCertificateEntry("ca" + i, authorities.get(i));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return factory.getTrustManagers();
    }

    private static KeyManager @Nullable [] keys(AmqpTls tls) throws IOException, GeneralSecurityException {
        if (tls.certificate() == null) {
            return null;
        }
        Credentials credentials = Credentials.read(tls.certificate(), Instant.now());
        KeyStore own = emptyStore();
        own.setKeyEntry(
                "gateway", credentials.key(), IN_MEMORY, credentials.chain().toArray(X509Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(own, IN_MEMORY);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }
}
