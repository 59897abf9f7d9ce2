package io.sluice.bridge.amqp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The network between a node and its broker, as a TCP proxy on 127.0.0.1 that can be cut, reset, frozen in each direction, slowed down and
 * closed. Its own port stays the same throughout. Any thread.
 */
public final class TcpProxy implements AutoCloseable {

    /** Which way bytes go. */
    public enum Direction {
        TO_BROKER,
        FROM_BROKER
    }

    private static final int BUFFER_BYTES = 64 << 10;

    private final URI broker;
    private final InetSocketAddress address;
    private final Set<Wire> wires = ConcurrentHashMap.newKeySet();
    private final Set<Direction> frozen = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AmqpMethods methods = new AmqpMethods();
    private volatile boolean deliveriesHeld;
    private volatile Duration delay = Duration.ZERO;
    private volatile @Nullable ServerSocket listening;

    private TcpProxy(URI broker) throws IOException {
        this.broker = broker;
        ServerSocket any = listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        this.address = new InetSocketAddress(any.getInetAddress(), any.getLocalPort());
    }

    /** @param amqpUri where the broker listens */
    public static TcpProxy to(String amqpUri) {
        try {
            return new TcpProxy(URI.create(amqpUri));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** The broker's URI by way of this proxy. */
    public String uri() {
        return "amqp://" + broker.getRawUserInfo() + "@127.0.0.1:" + address.getPort() + broker.getRawPath();
    }

    /** What clients have said to the broker since the proxy stands. */
    public AmqpMethods methods() {
        return methods;
    }

    /** Connections taken since it stands. */
    public int accepted() {
        return accepted.get();
    }

    /** Connections that stand now. */
    public int open() {
        return wires.size();
    }

    /** Bytes of this direction stay where they are, of connections that stand and that come; nobody is told. */
    public void freeze(Direction direction) {
        frozen.add(direction);
    }

    /** The next message that the broker delivers stays where it is, with all that follows it on its connection; nobody is told. */
    public void holdDeliveries() {
        deliveriesHeld = true;
    }

    /** What was frozen or held goes on, with nothing lost. */
    public void thaw() {
        frozen.clear();
        deliveriesHeld = false;
        wires.forEach(Wire::wake);
    }

    /** Each piece of bytes arrives that much later. */
    public void delay(Duration each) {
        delay = each;
    }

    /** Ends the connections that stand in order (FIN). */
    public void cut() {
        wires.forEach(wire -> wire.end(false));
    }

    /** Ends the connections that stand at once (RST). */
    public void reset() {
        wires.forEach(wire -> wire.end(true));
    }

    /** Who connects is refused, until {@link #accept}. */
    public void refuse() {
        ServerSocket closing = listening;
        listening = null;
        closeQuietly(closing);
    }

    /** Takes connections again. */
    public void accept() {
        if (listening == null) {
            try {
                listen(address);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
    }

    @Override
    public void close() {
        refuse();
        reset();
    }

    private ServerSocket listen(InetSocketAddress where) throws IOException {
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(where, 200);
        listening = server;
        daemon("proxy-accept", () -> acceptAll(server));
        return server;
    }

    private void acceptAll(ServerSocket server) {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                accepted.incrementAndGet();
                connect(client);
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void connect(Socket client) {
        try {
            Socket upstream = new Socket(broker.getHost(), broker.getPort() < 0 ? 5672 : broker.getPort());
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            Wire wire = new Wire(client, upstream);
            wires.add(wire);
            wire.start();
        } catch (IOException noBroker) {
            closeQuietly(client);
        }
    }

    private static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void closeQuietly(@Nullable AutoCloseable closing) {
        try {
            if (closing != null) {
                closing.close();
            }
        } catch (Exception alreadyGone) {
            return;
        }
    }

    /** One connection through the proxy, and its two pumps. */
    private final class Wire {
        private final Socket client;
        private final Socket upstream;
        private final AmqpMethods.Reader reader = methods.reader();
        private final AmqpMethods.Reader answers = AmqpMethods.ofBroker();
        private volatile @Nullable Thread toBroker;
        private volatile @Nullable Thread fromBroker;

        Wire(Socket client, Socket upstream) {
            this.client = client;
            this.upstream = upstream;
        }

        void start() {
            toBroker = daemon("proxy-to-broker", () -> pump(client, upstream, Direction.TO_BROKER));
            fromBroker = daemon("proxy-from-broker", () -> pump(upstream, client, Direction.FROM_BROKER));
        }

        void wake() {
            LockSupport.unpark(toBroker);
            LockSupport.unpark(fromBroker);
        }

        void end(boolean reset) {
            wires.remove(this);
            end(client, reset);
            end(upstream, reset);
            wake();
        }

        private void end(Socket socket, boolean reset) {
            try {
                if (reset) {
                    socket.setSoLinger(true, 0);
                }
                socket.close();
            } catch (IOException gone) {
                return;
            }
        }

        private void pump(Socket from, Socket to, Direction direction) {
            byte[] buffer = new byte[BUFFER_BYTES];
            try (InputStream in = from.getInputStream();
                    OutputStream out = to.getOutputStream()) {
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    hold(from, direction);
                    if (direction == Direction.TO_BROKER) {
                        reader.read(buffer, count);
                        out.write(buffer, 0, count);
                    } else {
                        int delivery = answers.read(buffer, count);
                        out.write(buffer, 0, delivery);
                        holdDelivery(from, delivery < count);
                        out.write(buffer, delivery, count - delivery);
                    }
                }
            } catch (IOException gone) {
                // The other pump meets the same end.
            } finally {
                if (direction == Direction.TO_BROKER) {
                    reader.end();
                }
                end(false);
            }
        }

        private void holdDelivery(Socket from, boolean any) {
            while (any && deliveriesHeld && !from.isClosed()) {
                LockSupport.park(this);
            }
        }

        private void hold(Socket from, Direction direction) {
            if (!delay.isZero()) {
                LockSupport.parkNanos(delay.toNanos());
            }
            while (frozen.contains(direction) && !from.isClosed()) {
                LockSupport.park(this);
            }
        }
    }
}
