package io.sluice.gateway.fanout;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.History;
import io.sluice.bridge.Position;
import io.sluice.gateway.config.Configuration.TopicRule;
import io.sluice.gateway.metrics.RuleMeters;
import io.sluice.protocol.subprotocol.Body;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.websocket.FrameEncoder;
import io.sluice.protocol.websocket.deflate.Compression;
import org.jspecify.annotations.Nullable;

/**
 * One delivery on its way to all its sessions, on all event loops: the body once, and for each encoding the frame once. Whoever holds
 * it (an inbox, a parked list) holds one reference; the frames are released with the last.
 */
final class SharedMessage extends AbstractReferenceCounted implements FeedEvent {

    private final Delivery delivery;
    private final int log;
    private final ServerMessage.Message message;
    private final RuleMeters meters;
    private final boolean sensitive;
    private final @Nullable Runnable done;
    private final @Nullable ByteBuf[] frames = new ByteBuf[Encoding.COUNT];

    /** Places where it is parked, on all event loops, and what it was charged for the first of them. */
    private int places;

    private int charged;

    /** @param log which life of the rule's stream its offset is of, as in {@link History.Place#log} */
    SharedMessage(Delivery delivery, int log, TopicRule rule, RuleMeters meters) {
        this(delivery, log, rule, meters, null);
    }

    /** @param done run when the last who holds it lets go; null for nothing */
    SharedMessage(Delivery delivery, int log, TopicRule rule, RuleMeters meters, @Nullable Runnable done) {
        this.done = done;
        this.delivery = delivery;
        this.log = log;
        this.sensitive = rule.sensitive();
        this.meters = meters;
        String contentType = delivery.contentType() == null ? rule.contentType() : delivery.contentType();
        Body body = new Body(delivery.body(), contentType, delivery.contentEncoding());
        String position =
                delivery.position() == null ? null : delivery.position().text();
        message = new ServerMessage.Message(delivery.topic(), body, position, -1, false, delivery.headers());
    }

    String topic() {
        return delivery.topic();
    }

    int log() {
        return log;
    }

    long offset() {
        return delivery.offset();
    }

    @Nullable
    Position position() {
        return delivery.position();
    }

    long receivedNanos() {
        return delivery.receivedNanos();
    }

    /** As {@link Delivery#publishedMillis}. */
    long publishedMillis() {
        return delivery.publishedMillis();
    }

    /** Bytes of the body, before it is encoded. */
    int bodyBytes() {
        return delivery.body().length;
    }

    /**
     * The frame for {@code encoding}, encoded by the first who asks. Lends: the caller retains what outlives its own reference to this
     * message. The lock is held for one encoding at most, and only where two event loops ask at the same moment.
     */
    synchronized ByteBuf frame(Encoding encoding, ByteBufAllocator allocator) {
        ByteBuf frame = frames[encoding.index()];
        if (frame == null) {
            frame = make(encoding, allocator);
            frames[encoding.index()] = frame;
        }
        return frame;
    }

    /** It is parked at one place more. Gives the bytes to be charged: none where it was parked before. */
    synchronized int parked(int frameBytes) {
        if (places++ > 0) {
            return 0;
        }
        charged = frameBytes;
        return charged;
    }

    /** It is parked at one place less. Gives the bytes to be given back: none where it still is. */
    synchronized int released() {
        return --places > 0 ? 0 : charged;
    }

    private ByteBuf make(Encoding encoding, ByteBufAllocator allocator) {
        Compression compression = encoding.compression();
        if (compression != null) {
            ByteBuf plain = frame(encoding.plain(), allocator);
            return sensitive ? plain.retain() : FrameEncoder.deflated(allocator, compression, plain);
        }
        meters.encoded();
        return encoding.encode(message, allocator);
    }

    @Override
    protected void deallocate() {
        for (ByteBuf frame : frames) {
            if (frame != null) {
                frame.release();
            }
        }
        if (done != null) {
            done.run();
        }
    }

    @Override
    public ReferenceCounted touch(Object hint) {
        return this;
    }
}
