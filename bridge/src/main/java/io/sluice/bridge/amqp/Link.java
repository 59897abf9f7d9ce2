package io.sluice.bridge.amqp;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import com.rabbitmq.client.impl.ForgivingExceptionHandler;
import java.io.IOException;
import java.net.Socket;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection, made anew for ever: the URIs in turn, with a back-off after each round. Attempts and events run on the broker's
 * thread; the fields that say how it stands are read from any.
 *
 * <p>The client library's own recovery is off. It would lose what is published meanwhile, and never replaces a channel that the broker
 * closed.
 */
final class Link {

    /** Told of one link, on the broker's thread. */
    interface Owner {
        /** A connection is made; nobody can use it yet. */
        void made(Link link, Connection connection);

        void opened(Link link, Connection connection);

        void lost(Link link, String reason);

        /** All URIs were tried once more, in vain. */
        void notConnected(Link link, String reason);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Link.class);
    /** RabbitMQ's largest possible message, and more: a larger body would end the connection, again and again. */
    private static final int MAX_INBOUND_BODY = Integer.MAX_VALUE;

    private static final int CLOSE_MILLIS = 2_000;
    private static final long STABLE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final String purpose;
    private final AmqpSettings settings;
    private final List<AmqpUri> uris;
    private final SerialThread thread;
    private final BridgeThreads threads;
    private final ExecutorService callbacks;
    private final Owner owner;
    private final Backoff backoff;
    /** What has been logged since a connection stood: an outage is told once, not with each attempt. */
    private final Set<String> said = new HashSet<>();

    private volatile @Nullable Connection connection;
    private volatile @Nullable Socket socket;
    private volatile @Nullable Frames frames;
    private volatile @Nullable AmqpUri stands;
    private volatile boolean closed;
    private int turn;
    private int failures;
    private int attempt;
    private long openedNanos;

    /**
     * @param purpose ends the connection's name: {@code consume} or {@code publish}
     * @param callbacks runs consumers
     */
    Link(
            String purpose,
            AmqpSettings settings,
            SerialThread thread,
            BridgeThreads threads,
            ExecutorService callbacks,
            Owner owner) {
        this.purpose = purpose;
        this.settings = settings;
        this.uris = settings.parsedUris();
        this.thread = thread;
        this.threads = threads;
        this.callbacks = callbacks;
        this.owner = owner;
        this.backoff =
                new Backoff(settings.timing().firstRetry(), settings.timing().lastRetry());
    }

    /** The connection where it stands, null else; it may be lost at any moment. */
    @Nullable
    Connection connection() {
        return connection;
    }

    /** Of the connection that stands, or of the one before or after it; null before the first. */
    @Nullable
    Frames frames() {
        return frames;
    }

    /** Where the connection stands, or stood last; never a password. */
    String address() {
        return String.valueOf(stands);
    }

    boolean open() {
        return connection != null;
    }

    /** One attempt, at the URI whose turn it is; the next one is scheduled if it fails. */
    private void connect() {
        if (closed) {
            return;
        }
        AmqpUri uri = uris.get(turn);
        Connection made;
        try {
            made = factory(uri).newConnection(callbacks, settings.name() + " " + purpose);
        } catch (IOException | TimeoutException | RuntimeException failure) {
            sever();
            onFailure(Reason.notConnected(uri, failure));
            return;
        }
        failures = 0;
        said.clear();
        openedNanos = System.nanoTime();
        owner.made(this, made);
        connection = made;
        made.addShutdownListener(signal -> onShutdown(made, uri, signal));
        if (closed) {
            close();
            return;
        }
        stands = uri;
        LOG.debug("{} connection to {} stands", purpose, uri);
        owner.opened(this, made);
    }

    /**
     * The next attempt is made at once, instead of the one that was to come later: the first of all, or when another link has found the
     * broker. Without effect while the connection stands. On the broker's thread.
     */
    void hurry() {
        if (connection == null && !closed) {
            connectIn(0);
        }
    }

    /** Cuts the socket, whatever anybody is doing with it: a write that blocks is set free, and the link is lost. Any thread. */
    void sever() {
        Socket cut = socket;
        if (cut != null) {
            try {
                cut.close();
            } catch (IOException alreadyGone) {
                LOG.debug("{} socket: {}", purpose, alreadyGone.getMessage());
            }
        }
    }

    /** Ends it for good. Blocks for two seconds at most; any thread. */
    void close() {
        closed = true;
        Connection standing = connection;
        connection = null;
        if (standing != null) {
            standing.abort(CLOSE_MILLIS);
        }
        sever();
    }

    private void onShutdown(Connection ended, AmqpUri uri, ShutdownSignalException signal) {
        if (connection == ended) {
            connection = null;
        }
        if (!closed) {
            thread.run(() -> onLoss(Reason.lost(uri, signal)));
        }
    }

    private void onLoss(String reason) {
        LOG.warn("{} connection: {}", purpose, reason);
        if (System.nanoTime() - openedNanos > STABLE_NANOS) {
            backoff.reset();
        }
        owner.lost(this, reason);
        connectIn(backoff.nextNanos());
    }

    private void onFailure(String reason) {
        if (closed) {
            return;
        }
        if (said.add(reason)) {
            LOG.warn("{} connection: {}", purpose, reason);
        }
        turn = (turn + 1) % uris.size();
        failures++;
        if (failures % uris.size() != 0) {
            connectIn(0);
            return;
        }
        owner.notConnected(this, reason);
        connectIn(backoff.nextNanos());
    }

    /** Takes the place of an attempt that was to come later. */
    private void connectIn(long nanos) {
        int mine = ++attempt;
        thread.runIn(nanos, () -> {
            if (mine == attempt) {
                connect();
            }
        });
    }

    private ConnectionFactory factory(AmqpUri uri) {
        int patience = Math.toIntExact(settings.timing().connect().toMillis());
        ConnectionFactory factory = Frames.connectionFactory(made -> frames = made);
        factory.setAutomaticRecoveryEnabled(false);
        factory.setTopologyRecoveryEnabled(false);
        factory.setConnectionTimeout(patience);
        factory.setHandshakeTimeout(patience);
        factory.setChannelRpcTimeout(patience);
        factory.setRequestedHeartbeat(
                Math.toIntExact(settings.timing().heartbeat().toSeconds()));
        factory.setMaxInboundMessageBodySize(MAX_INBOUND_BODY);
        factory.setThreadFactory(threads);
        factory.setShutdownExecutor(threads.shutdown());
        factory.setSocketConfigurator(made -> {
            made.setTcpNoDelay(true);
            socket = made;
            if (closed) {
                throw new IOException("closing");
            }
        });
        // Behind the configurator of sockets, which it extends: set later, that one would undo the check of the host
        // name.
        uri.applyTo(factory, settings.tls());
        factory.setExceptionHandler(new Severing());
        return factory;
    }

    /**
     * When the client gives a connection up it first takes the lock of every channel, and a publisher that is blocked in a write holds
     * one of them: over a broker that hangs it would wait for another heartbeat at least. So the socket goes first.
     */
    private final class Severing extends ForgivingExceptionHandler {
        @Override
        public void handleUnexpectedConnectionDriverException(Connection failed, Throwable failure) {
            sever();
        }

        @Override
        protected void log(String message, Throwable failure) {
            LOG.warn("{} connection: {}: {}", purpose, message, failure.toString());
        }
    }
}
