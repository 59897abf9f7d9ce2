package io.sluice.gateway;

import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.Configuration.Listener;
import java.net.InetSocketAddress;
import java.util.List;

/** {@code sluice ready http://0.0.0.0:8080 operations http://127.0.0.1:9090}: hosts as configured, ports as bound. */
final class ReadyLine {

    static final String READY = "sluice ready ";

    private ReadyLine() {}

    /** @param bound of each listener, in the order of the configuration */
    static String of(Configuration configuration, List<InetSocketAddress> bound, InetSocketAddress operations) {
        StringBuilder line = new StringBuilder(READY);
        for (int i = 0; i < bound.size(); i++) {
            Listener listener = configuration.listeners().get(i);
            line.append(uri(listener.tls() == null ? "http" : "https", listener.host(), bound.get(i)))
                    .append(' ');
        }
        return line.append("operations ")
                .append(uri("http", configuration.operations().host(), operations))
                .toString();
    }

    private static String uri(String scheme, String host, InetSocketAddress bound) {
        return scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + bound.getPort();
    }
}
