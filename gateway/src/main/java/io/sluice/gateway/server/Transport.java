package io.sluice.gateway.server;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kernel's interface to sockets: native epoll where it exists, NIO elsewhere. */
public enum Transport {
    EPOLL(EpollServerSocketChannel.class) {
        @Override
        IoHandlerFactory handlers() {
            return EpollIoHandler.newFactory();
        }
    },
    NIO(NioServerSocketChannel.class) {
        @Override
        IoHandlerFactory handlers() {
            return NioIoHandler.newFactory();
        }
    };

    private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

    private final Class<? extends ServerChannel> serverChannel;

    Transport(Class<? extends ServerChannel> serverChannel) {
        this.serverChannel = serverChannel;
    }

    /** The best that this machine has. */
    public static Transport best() {
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    /** Tells the log where this machine could have a better one, and what to do. */
    public void tellLack() {
        if (this == NIO && System.getProperty("os.name", "").startsWith("Linux")) {
            LOG.warn(
                    "Netty's native transport cannot be used, NIO does its work at more CPU: {}. It is unpacked to {}: make room there and let"
                            + " it be executed, or name another directory with SLUICE_JAVA_OPTS=-Djava.io.tmpdir=DIRECTORY.",
                    deepest(Epoll.unavailabilityCause()),
                    System.getProperty("java.io.tmpdir"));
        }
    }

    /** The first of its causes, on one line. */
    private static String deepest(Throwable failure) {
        Throwable at = failure;
        while (at.getCause() != null) {
            at = at.getCause();
        }
        return String.valueOf(at.getMessage()).lines().findFirst().orElse("");
    }

    /** {@code threads} event loops whose threads are named after {@code name}. */
    public MultiThreadIoEventLoopGroup eventLoops(String name, int threads) {
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), handlers());
    }

    /** The server channel of Netty for it. */
    public Class<? extends ServerChannel> serverChannel() {
        return serverChannel;
    }

    abstract IoHandlerFactory handlers();
}
