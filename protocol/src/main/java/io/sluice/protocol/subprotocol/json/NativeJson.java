package io.sluice.protocol.subprotocol.json;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.sluice.protocol.subprotocol.ClientMessage;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.subprotocol.Subprotocol;

/**
 * The native subprotocol, {@value #NAME}: one JSON object in one text message, each way. JSON payloads pass unchanged, byte for byte, in
 * both directions. {@code docs/protocol.md} is the page for clients.
 */
public final class NativeJson implements Subprotocol {

    /** The registered name. */
    public static final String NAME = "sluice.v1.json";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean text() {
        return true;
    }

    /** {@inheritDoc} Reads all readable bytes and moves no index. An {@code id} comes back as the bytes of its JSON token. */
    @Override
    public ClientMessage decode(ByteBuf message) {
        int length = message.readableBytes();
        if (message.hasArray()) {
            int from = message.arrayOffset() + message.readerIndex();
            return ClientMessageReader.read(Envelope.read(message.array(), from, from + length));
        }
        return ClientMessageReader.read(Envelope.read(ByteBufUtil.getBytes(message), 0, length));
    }

    /**
     * {@inheritDoc} An {@code id} is written as it stands, so it has to be the token that {@link #decode} gave.
     */
    @Override
    public void encode(ServerMessage message, ByteBuf out) {
        new ServerMessageWriter(out).write(message);
    }
}
