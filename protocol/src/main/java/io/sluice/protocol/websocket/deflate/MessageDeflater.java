package io.sluice.protocol.websocket.deflate;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** Compresses the messages of one connection (RFC 7692, 7.2.1). Belongs to one thread. */
public final class MessageDeflater {

    /** As much of the context as is used: eight times as much makes messages a seventh smaller and takes five times as long. */
    private static final int CONTEXT_BYTES = 4096;

    private final Compression compression;
    private final @Nullable Window context;

    public MessageDeflater(PerMessageDeflate agreed) {
        compression = Compression.of(agreed.serverMaxWindowBits(), agreed.settings());
        context = agreed.serverContextTakeover()
                ? new Window(Math.min(CONTEXT_BYTES, compression.dictionaryBytes()))
                : null;
    }

    /** As {@link Compression#deflate}. What this gives must be sent, before what it gives next. */
    public @Nullable ByteBuf deflate(ByteBufAllocator alloc, int headRoom, ByteBuf payload) {
        ByteBuf deflated = compression.deflate(alloc, headRoom, payload, context);
        if (deflated != null && context != null) {
            context.append(alloc, payload);
        }
        return deflated;
    }

    /** Gives up what is held. */
    public void release() {
        if (context != null) {
            context.release();
        }
    }
}
