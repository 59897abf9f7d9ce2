package io.sluice.protocol.websocket.conformance;

import io.sluice.protocol.websocket.netty.EchoServer;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/** An echo server for all tests of a class. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OverASocket {

    private final EchoServer server = new EchoServer("127.0.0.1", 0);

    final Conversation open() throws IOException {
        return new Conversation(server.port());
    }

    @AfterAll
    final void stop() {
        server.close();
    }
}
