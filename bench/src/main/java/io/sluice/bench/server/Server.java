package io.sluice.bench.server;

import io.sluice.bench.client.Endpoint;
import java.io.IOException;

/**
 * A server under test.
 *
 * @param process the one whose CPU time counts
 * @param endpoint of its clients
 * @param operationsPort of Sluice's metrics; -1 of the others
 * @param whole what ends with it
 */
public record Server(OsProcess process, Endpoint endpoint, Publisher publisher, int operationsPort, AutoCloseable whole)
        implements AutoCloseable {

    @Override
    public void close() throws IOException {
        try {
            publisher.close();
            whole.close();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
