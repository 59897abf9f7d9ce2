package io.sluice.bridge.amqp;

import java.util.List;

/**
 * A broker for tests: the one that {@code AMQP_URI} names, else RabbitMQ in Docker, else a local {@code rabbitmq-server} as a child
 * process on its own ports and directories. Where none of them is to be had the test fails and says how to install one.
 */
public abstract class TestBroker implements AutoCloseable {

    private static final class Shared {
        static final TestBroker NODE = open();

        private static TestBroker open() {
            String given = System.getenv("AMQP_URI");
            return given == null || given.isBlank() ? ofItsOwn() : new GivenBroker(given);
        }
    }

    /** The one node that ordinary tests of this JVM share; it ends with the JVM. Do nothing destructive to it. */
    public static TestBroker shared() {
        return Shared.NODE;
    }

    /** Whatever listens at {@code uri}, such as a {@link TcpProxy}: it can be used, but not commanded. */
    public static TestBroker at(String uri) {
        return new GivenBroker(uri);
    }

    /**
     * A node that nobody else uses, running; to be killed, paused, blocked and closed. {@code AMQP_URI} is not looked at.
     *
     * @param configuration further lines of {@code rabbitmq.conf}, such as {@code consumer_timeout = 3000}
     */
    public static TestBroker ofItsOwn(String... configuration) {
        TestBroker node = DockerBroker.present()
                ? new DockerBroker(List.of(configuration))
                : new LocalBroker(List.of(configuration));
        node.start();
        return node;
    }

    /** Where it listens, as {@code guest}. */
    public String uri() {
        return uri("guest", "guest");
    }

    /** Where it listens, with other credentials. */
    public abstract String uri(String user, String password);

    /** Starts it, on the same port as before, and returns when it takes connections. */
    public abstract void start();

    /** Stops it in order, as SIGTERM does. */
    public abstract void stop();

    /** Ends it with SIGKILL. */
    public abstract void kill();

    /** Makes it hang, with its sockets open (SIGSTOP). */
    public abstract void pause();

    /** Lets it go on after {@link #pause}. */
    public abstract void resume();

    /** As if memory were short ({@code true}), or no longer: publishers are blocked. */
    public void memoryAlarm(boolean on) {
        ctl("set_vm_memory_high_watermark", on ? "0.0000001" : "0.4");
    }

    /** As if the disk were full ({@code true}), or no longer: publishers are blocked. The broker looks every few seconds. */
    public void diskAlarm(boolean on) {
        ctl("set_disk_free_limit", on ? "1000000GB" : "50MB");
    }

    /** Runs {@code rabbitmqctl} with these arguments and returns what it printed; fails where it fails. */
    public abstract String ctl(String... arguments);

    @Override
    public abstract void close();
}
