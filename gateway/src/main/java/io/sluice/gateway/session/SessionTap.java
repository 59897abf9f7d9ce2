package io.sluice.gateway.session;

import io.netty.buffer.ByteBuf;

/** Watches one session, on its event loop. */
public interface SessionTap {

    /** A message of the client. Borrows {@code payload}, and leaves its indices alone. */
    void received(ByteBuf payload);

    /** Whole frames on their way to the client, not masked (RFC 6455, 5.2). Borrows {@code frames}, and leaves its indices alone. */
    void sent(ByteBuf frames);

    /** The session is closed: nothing more comes. */
    void closed();
}
