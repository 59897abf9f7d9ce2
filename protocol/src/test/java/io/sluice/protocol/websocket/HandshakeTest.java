package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HandshakeTest {

    private static final Handshake HANDSHAKE = new Handshake(List.of("sluice.v1.json", "v12.stomp"), "sluice.v1.json");

    @Test
    void theRfcsOwnExampleIsAccepted() {
        // RFC 6455, 1.3
        assertThat(accepted(headers -> {}).accept()).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    @Test
    void aClientThatOffersNoSubprotocolGetsTheDefaultWithoutAnEcho() {
        Handshake.Accepted accepted = accepted(headers -> {});
        assertThat(accepted.subprotocol()).isEqualTo("sluice.v1.json");
        assertThat(accepted.subprotocolEchoed()).isFalse();
        assertThat(accepted.extensions()).isNull();
    }

    @Test
    void theFirstNameOfTheClientThatIsKnownIsTaken() {
        Handshake.Accepted accepted =
                accepted(headers -> headers.add("Sec-WebSocket-Protocol", "chat, v12.stomp,sluice.v1.json"));
        assertThat(accepted.subprotocol()).isEqualTo("v12.stomp");
        assertThat(accepted.subprotocolEchoed()).isTrue();
    }

    @Test
    void theNamesMayStandOnSeveralLinesAndBesideAToken() {
        Handshake.Accepted accepted = accepted(headers -> headers.add("Sec-WebSocket-Protocol", "bearer.eyJ-_.x.y")
                .add("Sec-WebSocket-Protocol", "sluice.v1.json"));
        assertThat(accepted.subprotocol()).isEqualTo("sluice.v1.json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "chat",
                "bearer.abc",
                "SLUICE.V1.JSON",
                "",
                ",",
                "a b",
                "sluice.v1.json, sluice.v1.json",
                "sluice.v1.json, \"x\"",
                "sluice.v1.json;q=1"
            })
    void subprotocolsOfWhichNoneIsKnownOrThatAreNoNamesAreRefused(String offered) {
        assertThat(status(headers -> headers.add("Sec-WebSocket-Protocol", offered)))
                .isEqualTo(400);
    }

    @Test
    void aServerWithoutSubprotocolsIgnoresWhatIsOffered() {
        Handshake.Answer answer =
                new Handshake(List.of(), "").answer(request(headers -> headers.add("Sec-WebSocket-Protocol", "chat")));
        assertThat(answer)
                .isInstanceOfSatisfying(
                        Handshake.Accepted.class,
                        accepted -> assertThat(accepted.subprotocolEchoed()).isFalse());
    }

    @Test
    void manySpacesInAListOfNamesAreReadInNoTime() {
        String spaces = " ".repeat(32_000);
        assertTimeout(Duration.ofSeconds(2), () -> {
            for (int n = 0; n < 200; n++) {
                assertThat(status(headers -> headers.set("Sec-WebSocket-Protocol", "b" + spaces + "x")))
                        .isEqualTo(400);
                assertThat(status(headers -> headers.set("Sec-WebSocket-Protocol", "b," + spaces + "sluice.v1.json")))
                        .isEqualTo(101);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"Upgrade", "upgrade", "keep-alive, Upgrade", "keep-alive , uPGRADE", "close,Upgrade,x"})
    void connectionMayNameUpgradeAmongOthersInAnyCase(String value) {
        assertThat(status(headers -> headers.set("Connection", value))).isEqualTo(101);
    }

    @ParameterizedTest
    @ValueSource(strings = {"websocket", "WebSocket", "h2c, websocket", "websocket,h2c"})
    void upgradeMayNameWebsocketAmongOthersInAnyCase(String value) {
        assertThat(status(headers -> headers.set("Upgrade", value))).isEqualTo(101);
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2c", "websockets", "web socket", ""})
    void anUpgradeToSomethingElseIsRefused(String value) {
        assertThat(status(headers -> headers.set("Upgrade", value))).isEqualTo(400);
    }

    @Test
    void aRequestWithoutUpgradeIsToldToUpgrade() {
        Handshake.Rejected rejected = rejected(request(headers -> headers.remove("Upgrade")));
        assertThat(rejected.status().code()).isEqualTo(426);
        assertThat(rejected.headers().get("Upgrade")).isEqualTo("websocket");
        assertThat(rejected.headers().get("Sec-WebSocket-Version")).isEqualTo("13");
    }

    @Test
    void connectionAndUpgradeMayStandOnSeveralLines() {
        assertThat(status(headers -> headers.set("Connection", "keep-alive").add("Connection", "Upgrade")))
                .isEqualTo(101);
        assertThat(status(headers -> headers.set("Upgrade", "h2c").add("Upgrade", "websocket")))
                .isEqualTo(101);
    }

    @Test
    void anUpgradeThatConnectionDoesNotNameIsRefused() {
        assertThat(status(headers -> headers.set("Connection", "keep-alive"))).isEqualTo(400);
        assertThat(status(headers -> headers.remove("Connection"))).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"8", "12", "777", "013", "13, 13", "13, 8", "", "x"})
    void everyOtherVersionIsToldTheRightOne(String version) {
        Handshake.Rejected rejected = rejected(request(headers -> headers.set("Sec-WebSocket-Version", version)));
        assertThat(rejected.status().code()).isEqualTo(426);
        assertThat(rejected.headers().get("Sec-WebSocket-Version")).isEqualTo("13");
        assertThat(rejected.headers().get("Upgrade")).isEqualTo("websocket");
    }

    @Test
    void aVersionThatIsAbsentOrRepeatedIsToldTheRightOne() {
        assertThat(status(headers -> headers.remove("Sec-WebSocket-Version"))).isEqualTo(426);
        assertThat(status(headers -> headers.add("Sec-WebSocket-Version", "13")))
                .isEqualTo(426);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "dGhlIHNhbXBsZSBub25jZQ=",
                "dGhlIHNhbXBsZSBub25j",
                "dGhlIHNhbXBsZSBub25jZTE=",
                "dGhlIHNhbXBsZSBub25jZT1=",
                "dGhlIHNhbXBsZSBub25j*Q==",
                "dGhlIHNhbXBsZSBub25jZQ== "
            })
    void aKeyThatIsNot16BytesInBase64IsRefused(String key) {
        assertThat(status(headers -> headers.set("Sec-WebSocket-Key", key))).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"AAAAAAAAAAAAAAAAAAAAAA==", "/////////////////////w==", "+/+/+/+/+/+/+/+/+/+/+w=="})
    void everyKeyOf16BytesInBase64IsTaken(String key) {
        assertThat(status(headers -> headers.set("Sec-WebSocket-Key", key))).isEqualTo(101);
    }

    @Test
    void aKeyThatIsAbsentOrRepeatedIsRefused() {
        assertThat(status(headers -> headers.remove("Sec-WebSocket-Key"))).isEqualTo(400);
        assertThat(status(headers -> headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")))
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"44", "1", "+5", "-1", "0, 0", "00"})
    void aRequestWithABodyIsRefused(String length) {
        assertThat(status(headers -> headers.set("Content-Length", length))).isEqualTo(400);
    }

    @Test
    void aRequestWithAChunkedBodyIsRefusedAndOneWithAnEmptyBodyIsNot() {
        assertThat(status(headers -> headers.set("Transfer-Encoding", "chunked")))
                .isEqualTo(400);
        assertThat(status(headers -> headers.set("Transfer-Encoding", "identity")))
                .isEqualTo(400);
        assertThat(status(headers -> headers.set("Content-Length", "0"))).isEqualTo(101);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "HEAD", "OPTIONS", "get", "CONNECT"})
    void everyOtherMethodIsRefused(String method) {
        Handshake.Rejected rejected =
                rejected(new HandshakeRequest(HttpMethod.valueOf(method), "/ws", HttpVersion.HTTP_1_1, correct()));
        assertThat(rejected.status().code()).isEqualTo(405);
        assertThat(rejected.headers().get("Allow")).isEqualTo("GET");
    }

    @Test
    void anotherVersionOfHttpIsRefused() {
        for (String version : new String[] {"HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "ICAP/1.1"}) {
            assertThat(rejected(new HandshakeRequest(HttpMethod.GET, "/ws", HttpVersion.valueOf(version), correct()))
                            .status()
                            .code())
                    .isEqualTo(400);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a@b",
                "a/b",
                "a b",
                "a, b",
                "",
                "a\\b",
                "a?b",
                "a#b",
                "a:b",
                "a:80:80",
                "a:-1",
                "a:808080",
                ":80",
                "[::1",
                "::1",
                "[]",
                "[a@b]",
                "[::1]a",
                "[::1%25lo]",
                "[::g]",
                "[::G]",
                "[/]",
                "a`",
                "a{",
                "a@",
                "a[",
                "a:/",
                "a:;"
            })
    void aHostThatCanBeReadInTwoWaysIsRefused(String host) {
        assertThat(status(headers -> headers.set("Host", host))).isEqualTo(400);
    }

    @Test
    void aHostThatIsAbsentOrRepeatedIsRefused() {
        assertThat(status(headers -> headers.remove("Host"))).isEqualTo(400);
        assertThat(status(headers -> headers.add("Host", "other"))).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[::1]:8080",
                "127.0.0.1",
                "a-b.example.com:443",
                "xn--nxasmq6b",
                "[::ffff:127.0.0.1]",
                "a:",
                "a_b:65535",
                "[2001:DB8::AF09]",
                "azAZ09"
            })
    void everyHostAndPortIsTaken(String host) {
        assertThat(status(headers -> headers.set("Host", host))).isEqualTo(101);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//evil/ws",
                "http://other/ws",
                "*",
                "server.example.com:80",
                "ftp://server.example.com/ws",
                "/ws#x",
                "/w s",
                "/\u00fc",
                "",
                "http://server.example.com"
            })
    void aTargetThatIsNoPathOrNamesAnotherHostIsRefused(String uri) {
        assertThat(answer(uri)).isInstanceOf(Handshake.Rejected.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/ws?x=%20", "http://server.example.com/ws", "HTTPS://Server.Example.com/ws"})
    void aPathOrTheSameHostsAddressIsTaken(String uri) {
        assertThat(answer(uri)).isInstanceOf(Handshake.Accepted.class);
    }

    private static Handshake.Answer answer(String uri) {
        return HANDSHAKE.answer(new HandshakeRequest(HttpMethod.GET, uri, HttpVersion.HTTP_1_1, correct()));
    }

    private static Handshake.Accepted accepted(Consumer<HttpHeaders> change) {
        return (Handshake.Accepted) HANDSHAKE.answer(request(change));
    }

    private static Handshake.Rejected rejected(HandshakeRequest request) {
        return (Handshake.Rejected) HANDSHAKE.answer(request);
    }

    private static int status(Consumer<HttpHeaders> change) {
        return HANDSHAKE.answer(request(change)) instanceof Handshake.Rejected rejected
                ? rejected.status().code()
                : 101;
    }

    private static HandshakeRequest request(Consumer<HttpHeaders> change) {
        HttpHeaders headers = correct();
        change.accept(headers);
        return new HandshakeRequest(HttpMethod.GET, "/ws", HttpVersion.HTTP_1_1, headers);
    }

    private static HttpHeaders correct() {
        return new DefaultHttpHeaders()
                .add("Host", "server.example.com")
                .add("Upgrade", "websocket")
                .add("Connection", "Upgrade")
                .add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
                .add("Sec-WebSocket-Version", "13");
    }
}
