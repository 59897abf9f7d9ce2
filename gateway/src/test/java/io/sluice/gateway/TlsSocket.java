package io.sluice.gateway;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A TLS client whose ClientHello is sent in records, and these in writes, of the sizes that a test chooses. */
final class TlsSocket implements AutoCloseable {

    private static final int RECORD_HEADER = 5;

    private final SSLSocket socket;

    /**
     * Shakes hands.
     *
     * @param name the host that is asked for; empty for none
     * @param recordBytes of the ClientHello in one record; 0 for all of it
     */
    TlsSocket(InetSocketAddress address, SSLContext context, String name, int recordBytes) throws IOException {
        Socket tcp = new Socket() {
            private @Nullable OutputStream out;

            @Override
            public synchronized OutputStream getOutputStream() throws IOException {
                OutputStream known = out;
                if (known == null) {
                    OutputStream plain = super.getOutputStream();
                    known = recordBytes == 0 ? plain : new Splitting(plain, recordBytes);
                    out = known;
                }
                return known;
            }
        };
        tcp.connect(address);
        tcp.setSoTimeout((int) Client.PATIENCE.toMillis());
        socket = (SSLSocket) context.getSocketFactory().createSocket(tcp, "localhost", address.getPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        List<SNIServerName> names = name.isEmpty() ? new ArrayList<>() : List.of(new SNIHostName(name));
        parameters.setServerNames(names);
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
    }

    /** That of the server. */
    X509Certificate certificate() throws IOException {
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }

    String applicationProtocol() {
        return socket.getApplicationProtocol();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Cuts the first record that is written into smaller ones (RFC 8446, 5.1), and writes each byte alone. */
    private static final class Splitting extends FilterOutputStream {

        private final int recordBytes;
        private boolean first = true;

        Splitting(OutputStream out, int recordBytes) {
            super(out);
            this.recordBytes = recordBytes;
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            if (!first) {
                out.write(bytes, from, length);
                return;
            }
            first = false;
            ByteArrayOutputStream records = new ByteArrayOutputStream();
            for (int at = RECORD_HEADER; at < length; at += recordBytes) {
                int size = Math.min(recordBytes, length - at);
                records.write(bytes, from, 3);
                records.write(size >> 8);
                records.write(size);
                records.write(bytes, from + at, size);
            }
            for (byte one : records.toByteArray()) {
                out.write(one);
                out.flush();
            }
        }
    }
}
