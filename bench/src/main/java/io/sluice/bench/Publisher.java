package io.sluice.bench;

import java.io.IOException;

/** Publishes one message of a load. One thread. */
@FunctionalInterface
interface Publisher {
    void publish(byte[] message) throws IOException;
}
