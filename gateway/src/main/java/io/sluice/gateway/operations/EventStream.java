package io.sluice.gateway.operations;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Server-Sent Events to one reader (HTML, 9.2). Any thread; never blocks; what the reader does not take is bounded. */
public final class EventStream {

    /** Events on their way to the reader's event loop. */
    private static final int UNDER_WAY = 256;

    private final Channel channel;
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicBoolean ended = new AtomicBoolean();

    private EventStream(Channel channel) {
        this.channel = channel;
    }

    static EventStream begin(Channel channel) {
        EventStream stream = new EventStream(channel);
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
                .set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED)
                .set("x-content-type-options", "nosniff");
        channel.eventLoop().execute(() -> {
            // The reader says nothing from now on, and that is well.
            if (channel.pipeline().get(ReadTimeoutHandler.class) != null) {
                channel.pipeline().remove(ReadTimeoutHandler.class);
            }
            channel.writeAndFlush(head);
        });
        return stream;
    }

    /** Sends one event; false: the reader is too slow, or gone, and the event is not sent. {@code data} has no line break. */
    public boolean send(String event, String data) {
        if (ended.get() || !channel.isWritable()) {
            return false;
        }
        if (underWay.incrementAndGet() > UNDER_WAY) {
            underWay.decrementAndGet();
            return false;
        }
        channel.writeAndFlush(content(event, data)).addListener(written -> underWay.decrementAndGet());
        return true;
    }

    /** Sends a last event and ends. */
    public void end(String event, String data) {
        if (ended.compareAndSet(false, true)) {
            channel.write(content(event, data));
            channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** Runs {@code action} after {@code wait}, unless the reader has gone. */
    public void after(Duration wait, Runnable action) {
        var timer = channel.eventLoop().schedule(action, wait.toNanos(), TimeUnit.NANOSECONDS);
        channel.closeFuture().addListener(closed -> timer.cancel(false));
    }

    /** Runs {@code action} when the reader has gone, or has been sent away. */
    public void onClose(Runnable action) {
        channel.closeFuture().addListener(closed -> action.run());
    }

    private HttpContent content(String event, String data) {
        String text = "event: " + event + "\ndata: " + data + "\n\n";
        return new DefaultHttpContent(
                ByteBufUtil.encodeString(channel.alloc(), CharBuffer.wrap(text), StandardCharsets.UTF_8));
    }
}
