package io.sluice.protocol.websocket.netty;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.sluice.protocol.websocket.ClientBytes;
import io.sluice.protocol.websocket.FrameEncoder;
import io.sluice.protocol.websocket.Opcode;
import io.sluice.protocol.websocket.WebSocketLimits;
import io.sluice.protocol.websocket.WebSocketSettings;
import io.sluice.protocol.websocket.deflate.ClientDeflater;
import io.sluice.protocol.websocket.deflate.Compression;
import io.sluice.protocol.websocket.deflate.DeflateSettings;
import io.sluice.protocol.websocket.deflate.StrictInflater;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** permessage-deflate on the whole pipeline: from the offer to one compression for many sockets. */
final class DeflateHandlerTest {

    private static final String TEXT = "{\"price\":1},".repeat(40);

    private final List<Embedded> embedded = new ArrayList<>();

    @AfterEach
    void end() {
        embedded.forEach(Embedded::close);
    }

    @Test
    void theAgreementIsInTheResponse() {
        Embedded socket = pipeline(DeflateSettings.DEFAULT, new Recorder());
        socket.receive(request("permessage-deflate; client_max_window_bits"));
        assertThat(socket.sent())
                .contains("\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                        + "client_no_context_takeover\r\n");
    }

    @Test
    void anOfferOnSeveralLinesIsOneList() {
        Embedded socket = pipeline(DeflateSettings.DEFAULT, new Recorder());
        socket.receive(request("permessage-deflate; server_max_window_bits=7\r\n"
                + "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9"));
        assertThat(socket.sent()).contains("; server_max_window_bits=9\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"permessage-deflate; server_max_window_bits=7", "x-other", ""})
    void whatIsDeclinedIsNotInTheResponse(String offer) {
        Recorder recorder = new Recorder();
        Embedded socket = pipeline(DeflateSettings.DEFAULT, recorder).receive(request(offer));
        assertThat(socket.sent()).startsWith("HTTP/1.1 101 ").doesNotContain("Sec-WebSocket-Extensions");
        assertThat(recorder.socket().compression()).isNull();
    }

    @Test
    void aServerThatDoesNotCompressDeclinesEveryOffer() {
        Recorder recorder = new Recorder();
        Embedded socket = pipeline(null, recorder).receive(request("permessage-deflate"));
        assertThat(socket.sent()).startsWith("HTTP/1.1 101 ").doesNotContain("Sec-WebSocket-Extensions");
        recorder.socket().sendText(Unpooled.copiedBuffer(TEXT, StandardCharsets.UTF_8));
        recorder.socket().flush();
        assertThat(socket.sentHex()).startsWith("817e01e0");
    }

    @Test
    void aHeaderThatIsNoListOfExtensionsIsRefused() {
        Embedded socket = pipeline(null, new Recorder()).receive(request("permessage-deflate; ="));
        assertThat(socket.sent()).startsWith("HTTP/1.1 400 ").contains("Sec-WebSocket-Extensions");
    }

    @Test
    void messagesFromTheMinimumOnAreCompressedOnTheirWayOut() {
        Recorder recorder = new Recorder();
        Embedded socket = open("permessage-deflate", recorder);
        String shorter = "a".repeat(255);
        recorder.socket().sendText(Unpooled.copiedBuffer(shorter, StandardCharsets.UTF_8));
        recorder.socket().sendText(Unpooled.copiedBuffer(shorter + "a", StandardCharsets.UTF_8));
        recorder.socket().sendBinary(Unpooled.copiedBuffer(shorter + "a", StandardCharsets.UTF_8));
        recorder.socket().flush();
        String payload;
        try (ClientDeflater zlib = new ClientDeflater(false)) {
            payload = HexFormat.of().formatHex(zlib.payload((shorter + "a").getBytes(StandardCharsets.UTF_8)));
        }
        String length = "%02x".formatted(payload.length() / 2);
        assertThat(socket.sentHex())
                .isEqualTo("817e00ff" + "61".repeat(255) + "c1" + length + payload + "c2" + length + payload);
    }

    @Test
    void compressedMessagesAreTakenOnceTheApplicationAllowsThem() {
        Recorder recorder = new Recorder();
        Embedded socket = open("permessage-deflate", recorder);
        recorder.socket().limits(WebSocketLimits.DEFAULT.withInflate(true));
        socket.receiveFrames("c1 87 M f248cdc9c90700");
        assertThat(recorder.told).contains("text Hello");
    }

    @Test
    void untilThenTheyAreAPolicyViolation() {
        Recorder recorder = new Recorder();
        Embedded socket = open("permessage-deflate", recorder).receiveFrames("c1 87 M f248cdc9c90700");
        assertThat(socket.sentHex()).startsWith("88").contains("03f0");
        assertThat(recorder.told).doesNotContain("text Hello");
    }

    @Test
    void oneCompressionServesAllSocketsThatShareIt() {
        List<Recorder> recorders = new ArrayList<>();
        for (String offer :
                new String[] {"permessage-deflate", "permessage-deflate; client_max_window_bits=9", "permessage-deflate"
                }) {
            Recorder recorder = new Recorder();
            open(offer, recorder);
            recorders.add(recorder);
        }
        Compression compression = requireNonNull(recorders.get(0).socket().compression());
        ByteBuf plain = FrameEncoder.buffer(ByteBufAllocator.DEFAULT, TEXT.length());
        plain.writeCharSequence(TEXT, StandardCharsets.UTF_8);
        plain = FrameEncoder.frame(Opcode.TEXT, plain);
        ByteBuf frame = FrameEncoder.deflated(ByteBufAllocator.DEFAULT, compression, plain);
        String hex = ClientBytes.hex(frame);
        assertThat(frame.readableBytes()).isLessThan(40);
        for (int n = 0; n < recorders.size(); n++) {
            WebSocket socket = recorders.get(n).socket();
            assertThat(socket.compression()).isSameAs(compression);
            socket.write(frame.retainedDuplicate());
            socket.flush();
            assertThat(embedded.get(n).sentHex()).isEqualTo(hex);
        }
        byte[] payload = ByteBufUtil.getBytes(frame, frame.readerIndex() + 2, frame.readableBytes() - 2);
        assertThat(new StrictInflater(15, false).message(payload)).asString().isEqualTo(TEXT);
        assertThat(frame.release()).isTrue();
        assertThat(plain.release()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"810548656c6c6f", "8100", "8200"})
    void aFrameThatDoesNotBecomeSmallerServesAsItIs(String hex) {
        Compression compression = compression();
        ByteBuf plain = Unpooled.copiedBuffer(HexFormat.of().parseHex(hex));
        ByteBuf frame = FrameEncoder.deflated(ByteBufAllocator.DEFAULT, compression, plain);
        assertThat(frame).isSameAs(plain);
        assertThat(frame.refCnt()).isEqualTo(2);
        frame.release(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "81",
                "8106",
                "810548656c6c",
                "810548656c6c6f81",
                "0100",
                "8000",
                "8900",
                "c100",
                "8180",
                "817e0001ff",
                "817e",
                "817f0000"
            })
    void whatIsNotOneWholeMessageIsNotCompressed(String hex) {
        Compression compression = compression();
        ByteBuf frame = Unpooled.copiedBuffer(HexFormat.of().parseHex(hex));
        assertThatThrownBy(() -> FrameEncoder.deflated(ByteBufAllocator.DEFAULT, compression, frame))
                .isInstanceOf(IllegalArgumentException.class);
        frame.release();
    }

    @Test
    void framesOfEveryHeaderLengthAreCompressed() {
        Compression compression = compression();
        for (int length : new int[] {100, 125, 126, 127, 65535, 65536, 200_000}) {
            ByteBuf plain =
                    FrameEncoder.buffer(ByteBufAllocator.DEFAULT, length).writeZero(length);
            plain = FrameEncoder.frame(Opcode.BINARY, plain);
            ByteBuf frame = FrameEncoder.deflated(ByteBufAllocator.DEFAULT, compression, plain);
            assertThat(frame.getUnsignedByte(frame.readerIndex())).isEqualTo((short) 0xC2);
            int header = FrameEncoder.headerLength(frame.readableBytes() - 4 > 125 ? 126 : 0);
            byte[] payload = ByteBufUtil.getBytes(frame, frame.readerIndex() + header, frame.readableBytes() - header);
            assertThat(new StrictInflater(15, false).message(payload)).isEqualTo(new byte[length]);
            frame.release();
            plain.release();
        }
    }

    @Test
    void withContextTakeoverNothingIsSharedAndEachMessageRefersToTheLast() {
        Recorder recorder = new Recorder();
        Embedded socket = pipeline(new DeflateSettings(true, 6, 0), recorder).receive(request("permessage-deflate"));
        assertThat(socket.sent()).contains("Sec-WebSocket-Extensions: permessage-deflate\r\n");
        assertThat(recorder.socket().compression()).isNull();
        recorder.socket().sendText(Unpooled.copiedBuffer(TEXT, StandardCharsets.UTF_8));
        recorder.socket().flush();
        String first = socket.sentHex();
        recorder.socket().sendText(Unpooled.copiedBuffer(TEXT, StandardCharsets.UTF_8));
        recorder.socket().flush();
        assertThat(socket.sentHex()).hasSizeLessThan(first.length());
    }

    /** What is secret and what the attacker chooses, in one message: how well it compresses would tell whether they are alike. */
    @Test
    void aSensitiveMessageWrittenAsAFrameHasALengthThatTellsNothing() {
        Recorder recorder = new Recorder();
        Embedded socket = open("permessage-deflate", recorder);
        String secret = "token=5f2c8a91d04e";
        List<Integer> plain = new ArrayList<>();
        List<Integer> compressed = new ArrayList<>();
        for (int guess = 0; guess < 256; guess++) {
            String text = ("token=" + "%02x".formatted(guess)).repeat(20) + secret + "x".repeat(200);
            ByteBuf payload = FrameEncoder.buffer(ByteBufAllocator.DEFAULT, text.length());
            payload.writeCharSequence(text, StandardCharsets.US_ASCII);
            recorder.socket().write(FrameEncoder.frame(Opcode.TEXT, payload));
            recorder.socket().flush();
            plain.add(socket.sentHex().length());
            recorder.socket().sendText(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
            recorder.socket().flush();
            compressed.add(socket.sentHex().length());
        }
        assertThat(plain).containsOnly(plain.get(0));
        assertThat(compressed.stream().distinct().count()).isGreaterThan(1);
    }

    private Embedded open(String offer, Recorder recorder) {
        Embedded socket = pipeline(DeflateSettings.DEFAULT, recorder).receive(request(offer));
        assertThat(socket.sent()).contains("Sec-WebSocket-Extensions: permessage-deflate;");
        return socket;
    }

    private Embedded pipeline(@Nullable DeflateSettings deflate, Recorder recorder) {
        Embedded socket = new Embedded(
                HandshakeSettings.of("sluice.v1.json").withDeflate(deflate),
                WebSocketSettings.defaults(),
                (channel, request, subprotocol, upgrade) -> upgrade.accept(recorder));
        embedded.add(socket);
        return socket;
    }

    private static String request(String offer) {
        return Embedded.REQUEST.replaceFirst("\r\n\r\n", "\r\nSec-WebSocket-Extensions: " + offer + "\r\n\r\n");
    }

    /** One without a minimum, as an open socket has it. */
    private Compression compression() {
        Recorder recorder = new Recorder();
        pipeline(new DeflateSettings(false, 6, 0), recorder).receive(request("permessage-deflate"));
        return requireNonNull(recorder.socket().compression());
    }
}
