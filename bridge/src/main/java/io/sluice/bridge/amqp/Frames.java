package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.WriteListener;
import com.rabbitmq.client.impl.AMQConnection;
import com.rabbitmq.client.impl.Frame;
import com.rabbitmq.client.impl.FrameHandler;
import com.rabbitmq.client.impl.FrameHandlerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The client's frames. On their way in, content headers that it could not survive are made {@link ContentHeader#readable}. On their way
 * out, a thread that publishes a batch may hold its flushes: one system call then carries many messages.
 */
final class Frames implements FrameHandler {

    private final FrameHandler socket;
    private final ThreadLocal<Boolean> holding = ThreadLocal.withInitial(() -> false);

    private Frames(FrameHandler socket) {
        this.socket = socket;
    }

    /** A factory whose connections read and write their frames through this. {@code made} is given each, before it is connected. */
    static ConnectionFactory connectionFactory(Consumer<Frames> made) {
        return new ConnectionFactory() {
            @Override
            protected synchronized FrameHandlerFactory createFrameHandlerFactory() throws IOException {
                FrameHandlerFactory sockets = super.createFrameHandlerFactory();
                return (address, name) -> {
                    Frames frames = new Frames(sockets.create(address, name));
                    made.accept(frames);
                    return frames;
                };
            }
        };
    }

    /** From now on what the calling thread writes may wait in the buffer. It must not await an answer meanwhile. */
    void hold() {
        holding.set(true);
    }

    /** The calling thread's writes go out again, with its next flush. */
    void release() {
        holding.set(false);
    }

    /** Sends what the buffer holds. */
    void flush() throws IOException {
        socket.flush(null);
    }

    @Override
    public @Nullable Frame readFrame() throws IOException {
        Frame frame = socket.readFrame();
        if (frame == null || frame.getType() != AMQP.FRAME_HEADER) {
            return frame;
        }
        byte[] payload = frame.getPayload();
        byte[] readable = ContentHeader.readable(payload);
        return readable.length == payload.length ? frame : new Frame(frame.getType(), frame.getChannel(), readable);
    }

    @Override
    public boolean internalHearbeat() {
        return socket.internalHearbeat();
    }

    @Override
    public void setTimeout(int timeoutMillis) throws SocketException {
        socket.setTimeout(timeoutMillis);
    }

    @Override
    public int getTimeout() throws SocketException {
        return socket.getTimeout();
    }

    @Override
    public void sendHeader() throws IOException {
        socket.sendHeader();
    }

    @Override
    public void initialize(AMQConnection connection) {
        socket.initialize(connection);
    }

    @Override
    public void startProcessing() {
        socket.startProcessing();
    }

    @Override
    public void finishConnectionNegotiation() {
        socket.finishConnectionNegotiation();
    }

    @Override
    public void setFrameMax(int frameMax) {
        socket.setFrameMax(frameMax);
    }

    @Override
    public void writeFrame(Frame frame) throws IOException {
        socket.writeFrame(frame);
    }

    @Override
    public void flush(@Nullable WriteListener listener) throws IOException {
        if (listener != null || !holding.get()) {
            socket.flush(listener);
        }
    }

    @Override
    public void close() {
        socket.close();
    }

    @Override
    public InetAddress getLocalAddress() {
        return socket.getLocalAddress();
    }

    @Override
    public int getLocalPort() {
        return socket.getLocalPort();
    }

    @Override
    public InetAddress getAddress() {
        return socket.getAddress();
    }

    @Override
    public int getPort() {
        return socket.getPort();
    }
}
