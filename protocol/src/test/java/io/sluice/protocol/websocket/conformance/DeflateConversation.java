package io.sluice.protocol.websocket.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.sluice.protocol.websocket.deflate.DeflateSettings;
import io.sluice.protocol.websocket.deflate.MessageDeflater;
import io.sluice.protocol.websocket.deflate.PerMessageDeflate;
import io.sluice.protocol.websocket.deflate.StrictInflater;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client that offers permessage-deflate, keeps what was agreed to the letter, and has no more memory than that needs. */
final class DeflateConversation implements AutoCloseable {

    private static final String EXTENSIONS = "Sec-WebSocket-Extensions";
    private static final int FIN = 0x80;
    private static final int RSV1 = 0x40;

    /** What the server sent, whole. */
    record Message(int opcode, byte[] payload, boolean compressed) {}

    private final Conversation frames;
    private final @Nullable DeflateAnswer agreed;
    private final @Nullable MessageDeflater deflater;
    private final @Nullable StrictInflater inflater;

    /** @param extensions the values of as many {@code Sec-WebSocket-Extensions} headers */
    DeflateConversation(int port, List<String> extensions) throws IOException {
        frames = new Conversation(
                port,
                extensions.stream().map(value -> EXTENSIONS + ": " + value).toList());
        List<String> answers = frames.headers(EXTENSIONS);
        assertThat(answers).hasSizeLessThanOrEqualTo(1);
        agreed = answers.isEmpty() ? null : DeflateAnswer.parse(answers.get(0));
        deflater = agreed == null ? null : new MessageDeflater(mirrored(agreed));
        inflater = agreed == null ? null : new StrictInflater(agreed.serverWindowBits(), agreed.serverTakeover());
    }

    /** A client's side is a server's, seen in a mirror. */
    private static PerMessageDeflate mirrored(DeflateAnswer agreed) {
        return new PerMessageDeflate(
                agreed.clientTakeover(),
                agreed.serverTakeover(),
                agreed.clientWindowBits(),
                agreed.serverWindowBits(),
                "",
                new DeflateSettings(true, 6, 0));
    }

    /** What the server answered; null if it takes no extension. */
    @Nullable
    DeflateAnswer agreed() {
        return agreed;
    }

    /** The longest distance the server has referred back so far. */
    int farthest() {
        return inflater == null ? 0 : inflater.farthest();
    }

    /** Compressed if that was agreed and makes it smaller, in {@code fragments} frames or in one where there are fewer bytes. */
    void send(int opcode, byte[] message, int fragments) throws IOException {
        byte[] payload = message;
        int first = opcode;
        ByteBuf deflated = deflater == null
                ? null
                : deflater.deflate(ByteBufAllocator.DEFAULT, 0, Unpooled.wrappedBuffer(message));
        if (deflated != null) {
            payload = ByteBufUtil.getBytes(deflated);
            first |= RSV1;
            deflated.release();
        }
        frames.send(Fragments.of(first, payload, payload.length / fragments + 1));
    }

    /** Frames as they are. */
    void send(byte[] bytes) throws IOException {
        frames.send(bytes);
    }

    /** RSV1 stands on the first frame of a message, if compression was agreed, and nowhere else (RFC 7692, 6). */
    Message receive() throws IOException {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        Conversation.Frame first = frames.next();
        payload.writeBytes(first.payload());
        for (int b0 = first.b0(); (b0 & FIN) == 0; ) {
            Conversation.Frame more = frames.next();
            b0 = more.b0();
            assertThat(b0 & ~FIN).as("a continuation without reserved bits").isZero();
            payload.writeBytes(more.payload());
        }
        assertThat(first.b0() & 0x30).as("RSV2 and RSV3").isZero();
        int opcode = first.b0() & 0x0F;
        if ((first.b0() & RSV1) == 0) {
            return new Message(opcode, payload.toByteArray(), false);
        }
        assertThat(inflater).as("RSV1 only where it was agreed").isNotNull();
        return new Message(opcode, inflater.message(payload.toByteArray()), true);
    }

    /** The closing handshake, begun by this side: control frames are never compressed. */
    void hangUp() throws IOException {
        frames.send("89 82 M 6869").expect("pong 6869").hangUp();
    }

    @Override
    public void close() throws IOException {
        if (deflater != null) {
            deflater.release();
        }
        frames.close();
    }
}
