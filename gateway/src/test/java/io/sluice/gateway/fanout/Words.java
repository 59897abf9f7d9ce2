package io.sluice.gateway.fanout;

import io.netty.buffer.ByteBuf;
import io.sluice.protocol.subprotocol.ClientMessage;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.subprotocol.Subprotocol;
import java.nio.charset.StandardCharsets;

/** A subprotocol of plain words, so that a test reads what was sent: {@code topic=body}, {@code gap topic reason missed}. */
final class Words implements Subprotocol {

    @Override
    public String name() {
        return "words";
    }

    @Override
    public boolean text() {
        return true;
    }

    @Override
    public ClientMessage decode(ByteBuf message) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void encode(ServerMessage message, ByteBuf out) {
        if (message instanceof ServerMessage.Message it) {
            out.writeCharSequence(it.topic() + '=', StandardCharsets.UTF_8);
            out.writeBytes(it.body().bytes());
        } else if (message instanceof ServerMessage.Gap gap) {
            out.writeCharSequence(
                    "gap " + gap.topic() + ' ' + gap.reason().id() + ' ' + gap.missed(), StandardCharsets.UTF_8);
        } else {
            out.writeCharSequence(message.toString(), StandardCharsets.UTF_8);
        }
    }
}
