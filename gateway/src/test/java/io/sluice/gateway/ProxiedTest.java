package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Behind a proxy: whose connection it is, by the PROXY protocol or by headers. Seen by the limit of each address, which is two. */
@Timeout(120)
final class ProxiedTest {

    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    private static Node node;

    @BeforeAll
    static void start() {
        node = node("proxies: [127.0.0.0/8]");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY TCP4 192.0.2.1 192.0.2.200 40000 443\r\n",
                "PROXY TCP6 2001:db8::1 2001:db8::200 40000 443\r\n",
                "PROXY UNKNOWN\r\n"
            })
    void theFirstVersionIsTakenInAnyPieces(String header) throws IOException {
        for (int cut = 0; cut <= header.length(); cut += 5) {
            try (RawSocket socket = new RawSocket(node.address())) {
                socket.send(header.substring(0, cut));
                socket.send(header.substring(cut) + RawSocket.upgrade());
                assertThat(socket.head()).startsWith("HTTP/1.1 101 ");
                socket.send(RawSocket.CLOSE).rest();
            }
        }
    }

    @Test
    void theSecondVersionIsTakenInAnyPieces() throws IOException {
        byte[] header = HexFormat.of()
                .parseHex(SIGNATURE + "2111" + "0013" + "c0000201" + "c00002c8" + "9c40" + "01bb" + "04" + "0004"
                        + "00000000");
        for (int cut = 0; cut <= header.length; cut += 3) {
            try (RawSocket socket = new RawSocket(node.address())) {
                socket.send(Arrays.copyOf(header, cut));
                socket.send(Arrays.copyOfRange(header, cut, header.length));
                socket.send(RawSocket.upgrade());
                assertThat(socket.head()).startsWith("HTTP/1.1 101 ");
                socket.send(RawSocket.CLOSE).rest();
            }
        }
    }

    @Test
    void theProxyItselfMayLookWhetherTheGatewayLives() throws IOException {
        try (RawSocket socket = new RawSocket(node.address())) {
            socket.send(HexFormat.of().parseHex(SIGNATURE + "2000" + "0000"));
            socket.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(socket.rest()).startsWith("HTTP/1.1 404 ");
        }
    }

    static List<byte[]> broken() {
        HexFormat hex = HexFormat.of();
        return List.of(
                "PROXY TCP4 300.0.2.1 192.0.2.200 40000 443\r\n".getBytes(ISO_8859_1),
                "PROXY TCP4 localhost 192.0.2.200 40000 443\r\n".getBytes(ISO_8859_1),
                "PROXY TCP4 0.0.0.0 192.0.2.200 40000 443\r\n".getBytes(ISO_8859_1),
                "PROXY TCP4 224.0.0.1 192.0.2.200 40000 443\r\n".getBytes(ISO_8859_1),
                ("PROXY TCP4 " + "1".repeat(200)).getBytes(ISO_8859_1),
                "PROXY HTTP4 192.0.2.1 192.0.2.200 40000 443\r\n".getBytes(ISO_8859_1),
                "GET /ws HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1),
                // A version whose highest bit is set, another version, another command.
                hex.parseHex(SIGNATURE + "a111" + "000c" + "c0000201c00002c89c4001bb"),
                hex.parseHex(SIGNATURE + "3111" + "000c" + "c0000201c00002c89c4001bb"),
                hex.parseHex(SIGNATURE + "2f11" + "000c" + "c0000201c00002c89c4001bb"),
                // Too short for its addresses, and larger than any header.
                hex.parseHex(SIGNATURE + "2111" + "0004" + "c0000201"),
                hex.parseHex(SIGNATURE + "2111" + "ffff" + "00".repeat(65535)));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void whatIsNoHeaderIsClosedUnansweredWithinASecond(byte[] header) throws IOException {
        try (CapturedLog log = CapturedLog.open();
                RawSocket socket = new RawSocket(node.address())) {
            long begun = System.nanoTime();
            try {
                socket.send(header);
            } catch (IOException refusedEarly) {
                // It need not read all of it.
            }
            assertThat(socket.rest()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
            assertThat(log.noise()).isEmpty();
        }
    }

    @Test
    void eachClientBehindTheProxyHasALimitOfItsOwn() throws IOException {
        try (RawSocket one = open(1);
                RawSocket two = open(1);
                RawSocket other = open(2)) {
            for (RawSocket socket : List.of(one, two, other)) {
                assertThat(socket.head()).startsWith("HTTP/1.1 101 ");
            }
            try (RawSocket third = open(1)) {
                assertThat(third.head()).startsWith("HTTP/1.1 429 ");
            }
        }
    }

    @Test
    void aListenerForProxiesTakesNobodyElse() throws IOException {
        try (Node strangers = node("proxies: [192.0.2.0/24]");
                RawSocket liar = new RawSocket(strangers.address())) {
            try {
                liar.send("PROXY TCP4 127.0.0.1 127.0.0.1 1 1\r\n" + RawSocket.upgrade());
            } catch (IOException closedAlready) {
                // As it should.
            }
            assertThat(liar.rest()).isEmpty();
        }
    }

    @Test
    void headersOfAProxyAreBelievedAndThoseOfAnybodyElseAreNot() throws IOException {
        for (boolean listed : List.of(true, false)) {
            try (Node plain = Node.start((listed ? "proxies: [127.0.0.0/8]\n" : "")
                            + "limits: {connectionsPerAddress: 2}\n" + Node.OPEN);
                    Client one = plain.dial()
                            .header("X-Forwarded-For", "198.51.100.1")
                            .open();
                    Client two = plain.dial()
                            .header("X-Forwarded-For", "198.51.100.2")
                            .open()) {
                one.expect("welcome");
                two.expect("welcome");
                if (listed) {
                    try (Client three = plain.dial()
                                    .header("X-Forwarded-For", "198.51.100.3")
                                    .open();
                            Client again = plain.dial()
                                    .header("X-Forwarded-For", "6.6.6.6, 198.51.100.1")
                                    .open()) {
                        three.expect("welcome");
                        again.expect("welcome");
                        assertThat(plain.dial()
                                        .header("X-Forwarded-For", "7.7.7.7, 198.51.100.1")
                                        .refusal()
                                        .statusCode())
                                .isEqualTo(429);
                    }
                } else {
                    assertThat(plain.dial()
                                    .header("X-Forwarded-For", "198.51.100.3")
                                    .refusal()
                                    .statusCode())
                            .isEqualTo(429);
                }
            }
        }
    }

    @Test
    void aHeaderThatSaysItIsNotToBeBelievedChangesNothing() throws IOException {
        try (Node plain = Node.start("limits: {connectionsPerAddress: 1}\n" + Node.OPEN);
                RawSocket first = new RawSocket(plain.address())) {
            String upgrade =
                    RawSocket.upgrade("Connection: X-Forwarded-For, Authorization", "X-Forwarded-For: 192.0.2.9");
            assertThat(first.send(upgrade).head()).startsWith("HTTP/1.1 101 ");
            try (RawSocket second = new RawSocket(plain.address())) {
                assertThat(second.send(upgrade).head()).startsWith("HTTP/1.1 429 ");
            }
        }
    }

    private static RawSocket open(int host) throws IOException {
        return new RawSocket(node.address())
                .send("PROXY TCP4 203.0.113." + host + " 192.0.2.200 40000 443\r\n" + RawSocket.upgrade());
    }

    private static Node node(String proxies) {
        return Node.start("listeners: [{host: 127.0.0.1, port: 0, proxyProtocol: true}]\n" + proxies
                + "\nlimits: {connectionsPerAddress: 2}\n" + Node.OPEN);
    }
}
