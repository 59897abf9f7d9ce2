package io.sluice.protocol.websocket.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.protocol.websocket.HandshakeRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Requests that are no handshake by their HTTP: each is refused before the application is asked, and nothing behind it is read. */
final class HandshakeHttpTest {

    private static final int STEP = 64;

    private final Recorder recorder = new Recorder();
    private final List<HandshakeRequest> asked = new ArrayList<>();

    private final UpgradeListener accepting = (channel, request, subprotocol, upgrade) -> {
        asked.add(request);
        upgrade.accept(recorder);
    };

    @Test
    void aWrongRequestIsRefusedBeforeTheApplicationIsAsked() {
        assertRefused(
                Embedded.REQUEST.replace("Version: 13", "Version: 8") + "GET /internal HTTP/1.1\r\nHost: a\r\n\r\n",
                426);
        assertRefused(Embedded.REQUEST.replace("Upgrade: websocket\r\n", ""), 426);
        assertRefused(Embedded.REQUEST.replace("GET", "POST"), 405);
        assertRefused(Embedded.REQUEST.replace("HTTP/1.1", "HTTP/1.0"), 400);
    }

    @Test
    void aRequestWithABodyIsRefusedWithoutReadingIt() {
        assertRefused(Embedded.with("Content-Length: 44") + "GET /internal HTTP/1.1\r\nHost: a\r\n\r\n0123", 400);
        assertRefused(Embedded.with("Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n", 400);
        assertRefused(Embedded.with("Content-Length: 5\r\nTransfer-Encoding: chunked") + "0\r\n\r\n", 400);
        assertRefused(Embedded.with("Content-Length: 5\r\nContent-Length: 6") + "hello", 400);
        assertRefused(Embedded.with("Content-Length: +5") + "hello", 400);
        assertRefused(Embedded.with("Transfer-Encoding : chunked") + "0\r\n\r\n", 400);
    }

    @Test
    void noBodyIsReadHoweverItIsAnnounced() {
        assertRefused(Embedded.with("Transfer-Encoding: chunked, xchunked") + "0\r\n\r\n", 400);
        assertRefused(Embedded.with("Transfer-Encoding:\r\n chunked") + "0\r\n\r\n", 400);
        for (String chunk : new String[] {"5;a=\"\r\n\"", "FFFFFFFFF", "0x5", "-1", "5\n", ""}) {
            assertRefused(
                    Embedded.with("Transfer-Encoding: chunked") + chunk + "\r\nGET /internal HTTP/1.1\r\n\r\n", 400);
        }
    }

    @Test
    void aRequestThatAnnouncesAnEmptyBodyIsAccepted() {
        try (Embedded embedded = new Embedded(accepting)) {
            embedded.receive(Embedded.with("Content-Length: 0") + Embedded.frames("81 82 M 6869"));
            assertThat(embedded.sent()).isEqualTo(Embedded.SWITCHED);
            assertThat(recorder.told).containsExactly("open sluice.v1.json", "text hi");
        }
    }

    @Test
    void aValueWithAControlCharacterIsRefused() {
        assertRefused(Embedded.with("Sec-WebSocket-Protocol: sluice.v1.json\u0000"), 400);
        assertRefused(Embedded.with("Sec-WebSocket-Protocol: sluice\rX: y"), 400);
        assertRefused(Embedded.with("Host: other.example.com"), 400);
    }

    @Test
    void aHeaderBlockOfManyBytesOrManyLinesIsRefused() {
        assertRefused(Embedded.with("X: " + "a".repeat(17 << 10)), 431);
        assertRefused("GET /ws HTTP/1.1\r\nX: " + "a".repeat(17 << 10), 431);
        assertRefused(Embedded.with("X: a\r\n".repeat(100) + "X: a"), 431);
        assertRefused("GET /ws HTTP/1.1\r\n" + "X: a\r\n".repeat(5000), 431);
    }

    @Test
    void aLongAddressIsRefused() {
        assertRefused("GET /" + "a".repeat(5000) + " HTTP/1.1\r\n", 414);
        assertRefused("GET /" + "a".repeat(64 << 10), 414);
    }

    @Test
    void atTheLimitsARequestIsTakenAndNoMoreIsEverReadBeforeItIsRefused() {
        // Netty counts header lines without their ends, and its limit bites at the byte beyond.
        String lines = Embedded.REQUEST.substring(Embedded.REQUEST.indexOf("\r\n") + 2, Embedded.REQUEST.length() - 2);
        int rest = (16 << 10) - lines.replace("\r\n", "").length() - "X: ".length();
        assertThat(readUntilAnswered(Embedded.with("X: " + "a".repeat(rest)))).startsWith("101 ");
        assertThat(readUntilAnswered(Embedded.with("X: " + "a".repeat(rest + 1))))
                .startsWith("431 ");
        assertThat(read(readUntilAnswered("GET /ws HTTP/1.1\r\nX: " + "a".repeat(20 << 20))))
                .isBetween(16 << 10, (16 << 10) + STEP);
        assertThat(read(readUntilAnswered("GET /ws HTTP/1.1\r\n" + "X: a\r\n".repeat(100_000))))
                .as("four bytes of a line of six count")
                .isLessThanOrEqualTo((16 << 10) * 3 / 2 + STEP);

        String line = "GET /" + "a".repeat(4096 - "GET / HTTP/1.1".length()) + " HTTP/1.1";
        assertThat(readUntilAnswered(Embedded.REQUEST.replace("GET /ws HTTP/1.1", line)))
                .startsWith("101 ");
        assertThat(readUntilAnswered(Embedded.REQUEST.replace("GET /ws HTTP/1.1", line.replace("/a", "/aa"))))
                .startsWith("414 ");
        assertThat(read(readUntilAnswered("GET /" + "a".repeat(64 << 10)))).isBetween(4096, 4096 + STEP);
    }

    @Test
    void aHundredHeaderLinesAreTakenAndOneMoreIsNot() {
        String lines = "X: a\r\n".repeat(94);
        assertThat(readUntilAnswered(Embedded.with(lines + "X: a"))).startsWith("101 ");
        assertThat(readUntilAnswered(Embedded.with(lines + "X: a\r\nX: a"))).startsWith("431 ");
    }

    @Test
    void whatIsNotHttpIsRefused() {
        assertRefused("\u0016\u0003\u0001\u0002\u0000\r\n\r\n", 400);
        assertRefused(Embedded.REQUEST.replace("Host: ", "Host : "), 400);
        assertRefused(Embedded.REQUEST.replace("\r\nUpgrade", "\r\n Upgrade"), 400);
    }

    /** The status, and how many bytes had come when it was sent. */
    private String readUntilAnswered(String bytes) {
        try (Embedded embedded = new Embedded(accepting)) {
            String sent = "";
            int read = 0;
            while (sent.isEmpty() && read < bytes.length()) {
                embedded.receive(bytes.substring(read, Math.min(bytes.length(), read + STEP)));
                read += STEP;
                sent = embedded.sent();
            }
            return sent.isEmpty() ? "no answer" : sent.substring("HTTP/1.1 ".length(), 13) + read;
        }
    }

    private static int read(String answer) {
        return Integer.parseInt(answer.substring("431 ".length()));
    }

    /** The same with a short request cut at every place. */
    private void assertRefused(String bytes, int status) {
        assertRefused(bytes, 0, status);
        for (int cut = 1; cut < bytes.length() && bytes.length() < 600; cut++) {
            assertRefused(bytes, cut, status);
        }
    }

    private void assertRefused(String bytes, int cut, int status) {
        asked.clear();
        try (Embedded embedded = new Embedded(accepting)) {
            embedded.receive(bytes.substring(0, cut)).receive(bytes.substring(cut));
            assertThat(embedded.sent())
                    .startsWith("HTTP/1.1 " + status + " ")
                    .contains("\r\nConnection: close\r\n")
                    .containsOnlyOnce("HTTP/1.1 ");
            assertThat(embedded.channel.isOpen()).isFalse();
        }
        assertThat(asked).isEmpty();
        assertThat(recorder.told).isEmpty();
    }
}
