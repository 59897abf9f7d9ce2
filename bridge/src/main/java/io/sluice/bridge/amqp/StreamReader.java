package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One consumer of a stream on a channel of its own, read by one thread at that thread's pace. The prefetch bounds what has arrived and is
 * not read yet (but for one chunk of the broker's, which it never splits); the client's callback never blocks.
 *
 * <p>A message is acked when the next one is asked for: in batches, by count or after a second, as a message that stayed unacked on a
 * quiet stream would run into the broker's consumer timeout.
 */
final class StreamReader implements AutoCloseable {

    static final String FIRST = "first";
    /** The newest chunk, of one message or many. */
    static final String LAST = "last";

    private static final long ACK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final String NO_STREAM = "it is a queue and no stream: name another stream, or delete the queue";
    private static final String OFFSET_HEADER = "x-stream-offset";

    /** The broker has ended the consumer, or its connection is gone. */
    static final class Ended extends IOException {
        private static final long serialVersionUID = 1;

        Ended(String reason) {
            super(reason);
        }
    }

    private final Channel channel;
    private final String stream;
    private final int ackEvery;
    private final BlockingQueue<StreamMessage> arrived = new LinkedBlockingQueue<>();
    private final ArrayDeque<StreamMessage> taken = new ArrayDeque<>();
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private String tag = "";
    private volatile @Nullable String ended;

    private long readTag;
    private int unacked;
    private long unackedSinceNanos;

    private StreamReader(Channel channel, String stream, int prefetch) {
        this.channel = channel;
        this.stream = stream;
        this.ackEvery = Math.max(1, prefetch / 2);
    }

    /**
     * Consumes from {@code start} on: {@link #FIRST}, {@link #LAST}, a Long or a Date. An offset is inclusive; one that is trimmed starts
     * later, one beyond the end brings nothing, both without a word.
     *
     * @throws Ended the broker refuses it
     * @throws IOException the connection is gone, or does not answer
     */
    static StreamReader open(Connection connection, String stream, Object start, int prefetch) throws IOException {
        Channel channel = channel(connection);
        StreamReader reader = new StreamReader(channel, stream, prefetch);
        try {
            channel.basicQos(prefetch);
            reader.tag = channel.basicConsume(
                    stream, false, "", false, false, Map.of(OFFSET_HEADER, start), reader.new Consumer());
            return reader;
        } catch (IOException | ShutdownSignalException failure) {
            reader.close();
            AMQP.Channel.Close refusal = Reason.channelClose(failure);
            throw refusal == null ? new IOException("no answer", failure) : new Ended(reason(refusal));
        }
    }

    private static String reason(AMQP.Channel.Close refusal) {
        return refusal.getReplyText().contains(OFFSET_HEADER) ? NO_STREAM : refusal.getReplyText();
    }

    private static Channel channel(Connection connection) throws IOException {
        try {
            Channel channel = connection.createChannel();
            if (channel != null) {
                return channel;
            }
        } catch (ShutdownSignalException gone) {
            throw new IOException("no answer", gone);
        }
        throw new Ended("the connection has no channel left: raise the broker's channel_max");
    }

    /**
     * The next message; null where none comes in time.
     *
     * @throws Ended nothing more will come
     */
    @Nullable
    StreamMessage next(long nanos) throws Ended, InterruptedException {
        long deadline = System.nanoTime() + nanos;
        ackWhenDue();
        StreamMessage next = taken.poll();
        while (next == null) {
            if (arrived.drainTo(taken) > 0) {
                next = taken.poll();
                continue;
            }
            checkEnded();
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return null;
            }
            next = arrived.poll(unacked == 0 ? left : Math.min(left, ACK_NANOS), TimeUnit.NANOSECONDS);
            ackWhenDue();
        }
        checkEnded();
        readTag = next.envelope().getDeliveryTag();
        if (unacked++ == 0) {
            unackedSinceNanos = System.nanoTime();
        }
        return next;
    }

    /**
     * The first message after a silence of {@link #next}, or the broker's word that there is none; this reads no more then. The newest chunk is
     * asked for beside it: it comes from the same process of the broker's, which hands out all that its consumers have to get before it
     * confirms that one of them is cancelled. So what has not come by then does not stand in the stream.
     *
     * @return null where nothing stands from the start on
     * @throws IOException the broker does not answer
     */
    @Nullable
    StreamMessage nextOrEnd(long nanos) throws IOException, InterruptedException {
        CountDownLatch answered = new CountDownLatch(1);
        try {
            channel.basicConsume(
                    stream, false, "", false, false, Map.of(OFFSET_HEADER, LAST), new DefaultConsumer(channel) {
                        @Override
                        public void handleDelivery(
                                String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
                            answered.countDown();
                        }
                    });
            if (!answered.await(nanos, TimeUnit.NANOSECONDS)) {
                throw new IOException("no answer");
            }
            channel.basicCancel(tag);
        } catch (ShutdownSignalException gone) {
            throw new IOException("no answer", gone);
        }
        if (!cancelled.await(nanos, TimeUnit.NANOSECONDS)) {
            throw new IOException("no answer");
        }
        return next(0);
    }

    /** From now on {@link #next} throws. Any thread. */
    void end(String reason) {
        if (ended == null) {
            ended = reason;
        }
        arrived.add(WAKE);
    }

    @Override
    public void close() {
        end("closed");
        ChannelEnd.of(channel);
    }

    private void checkEnded() throws Ended {
        String reason = ended;
        if (reason != null) {
            throw new Ended(reason);
        }
    }

    private void ackWhenDue() throws Ended {
        if (unacked < ackEvery && (unacked == 0 || System.nanoTime() - unackedSinceNanos < ACK_NANOS)) {
            return;
        }
        try {
            channel.basicAck(readTag, true);
            unacked = 0;
        } catch (IOException | ShutdownSignalException gone) {
            checkEnded();
            throw new Ended("its channel is closed");
        }
    }

    private static final StreamMessage WAKE =
            new StreamMessage(-1, new Envelope(0, false, "", ""), new AMQP.BasicProperties(), new byte[0]);

    private final class Consumer extends DefaultConsumer {

        Consumer() {
            super(channel);
        }

        @Override
        public void handleDelivery(String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
            Map<String, Object> headers = properties.getHeaders();
            if (headers == null || !(headers.get(OFFSET_HEADER) instanceof Number offset)) {
                // Not acked, so a queue of another type keeps it.
                end(NO_STREAM);
            } else if (ended == null) {
                arrived.add(new StreamMessage(offset.longValue(), envelope, properties, body));
            }
        }

        @Override
        public void handleCancelOk(String tag) {
            cancelled.countDown();
        }

        @Override
        public void handleCancel(String tag) {
            end("the stream was deleted");
        }

        @Override
        public void handleShutdownSignal(String tag, ShutdownSignalException signal) {
            AMQP.Channel.Close close = Reason.channelClose(signal);
            end(close == null ? "the connection is gone" : Objects.requireNonNullElse(close.getReplyText(), ""));
        }
    }
}
