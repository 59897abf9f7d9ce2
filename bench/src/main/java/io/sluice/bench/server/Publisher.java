package io.sluice.bench.server;

import java.io.IOException;

/** A back end of a load. One thread. */
public interface Publisher extends AutoCloseable {

    /** Publishes {@code body}, which is not changed afterwards. */
    void publish(String topic, byte[] body) throws IOException;

    @Override
    void close() throws IOException;
}
