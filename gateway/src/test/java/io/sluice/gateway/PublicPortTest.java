package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What HTTP finds on the public port: {@code /ws}, and nothing else. */
@Timeout(120)
final class PublicPortTest {

    private static Node node;

    @BeforeAll
    static void start() {
        node = Node.start(Node.OPEN);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws", "/ws?x=y", "http://localhost/ws", "HTTP://LOCALHOST/ws?x=y"})
    void aWebSocketOpensWhicheverWayItsAddressIsWritten(String target) throws IOException {
        try (RawSocket socket = new RawSocket(node.address())) {
            assertThat(socket.send(RawSocket.upgrade().replace("/ws", target)).head())
                    .startsWith("HTTP/1.1 101 ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/", "/ws/", "/WS", "//ws", "/ws/../ws", "/w%73", "http://localhost/", "http://localhost", "*"})
    void whatIsNotThereIsNotFound(String target) throws IOException {
        assertThat(exchange("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 404 ")
                .contains("connection: close", "WebSocket clients connect to /ws.");
    }

    @Test
    void anotherMethodIsNotAllowed() throws IOException {
        assertThat(exchange("POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"))
                .startsWith("HTTP/1.1 405 ")
                .contains("allow: GET, HEAD");
        assertThat(exchange("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 404 ")
                .endsWith("\r\n\r\n");
    }

    @Test
    void withoutAnUpgradeItSaysThatOneIsNeeded() throws IOException {
        assertThat(exchange("GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n")).startsWith("HTTP/1.1 426 ");
        assertThat(exchange(RawSocket.upgrade().replace("Version: 13", "Version: 8")))
                .startsWith("HTTP/1.1 426 ")
                .containsIgnoringCase("Sec-WebSocket-Version: 13");
    }

    private static String exchange(String request) throws IOException {
        try (RawSocket socket = new RawSocket(node.address())) {
            return socket.send(request).rest();
        }
    }
}
