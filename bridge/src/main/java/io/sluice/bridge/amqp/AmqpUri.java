package io.sluice.bridge.amqp;

import com.rabbitmq.client.ConnectionFactory;
import java.net.URI;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Where a broker is, with the credentials in it; prints itself without the password. */
final class AmqpUri {

    static final String FORM = "amqp://user:password@host:5672/vhost";

    private final URI uri;

    private AmqpUri(URI uri) {
        this.uri = uri;
    }

    /** Null where {@code text} is not an AMQP URI; no exception, since its message would hold the password. */
    static @Nullable AmqpUri parse(String text) {
        try {
            URI uri = new URI(text);
            boolean amqp = "amqp".equalsIgnoreCase(uri.getScheme()) || "amqps".equalsIgnoreCase(uri.getScheme());
            if (!amqp || uri.getHost() == null || uri.getRawPath().indexOf('/', 1) >= 0) {
                return null;
            }
            new ConnectionFactory().setUri(uri);
            return new AmqpUri(uri);
        } catch (Exception notOne) {
            return null;
        }
    }

    static AmqpUri of(String text) {
        AmqpUri uri = parse(text);
        if (uri == null) {
            throw new IllegalArgumentException("Not an AMQP URI: write " + FORM + ".");
        }
        return uri;
    }

    void applyTo(ConnectionFactory factory, @Nullable SSLContext tls) {
        try {
            factory.setUri(uri);
            if (factory.isSSL()) {
                // The client's own default for amqps trusts every certificate.
                factory.useSslProtocol(tls == null ? SSLContext.getDefault() : tls);
                factory.enableHostnameVerification();
            }
        } catch (GeneralSecurityException noTls) {
            throw new IllegalStateException("This JVM has no TLS for " + this);
        }
    }

    @Override
    public String toString() {
        String info = uri.getRawUserInfo();
        String user = info == null ? "" : info.replaceFirst(":.*", "") + "@";
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        return uri.getScheme() + "://" + user + uri.getHost() + port + uri.getRawPath();
    }
}
