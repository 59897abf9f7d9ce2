package io.sluice.bridge.amqp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The local RabbitMQ of the tests with plugins enabled, as a process whose id is known. Always a local one: what a broker in a container
 * costs is not for this process to see.
 */
public final class PluginBroker implements AutoCloseable {

    private final LocalBroker node;
    private final long pid;

    private PluginBroker(LocalBroker node, long pid) {
        this.node = node;
        this.pid = pid;
    }

    /**
     * Starts one.
     *
     * @param plugins to be enabled
     * @param configuration further lines of {@code rabbitmq.conf}, those of the plugins among them
     * @throws IllegalStateException with what RabbitMQ said, if one of the plugins is not installed
     */
    public static PluginBroker start(List<String> plugins, List<String> configuration) throws IOException {
        LocalBroker node = new LocalBroker(configuration);
        node.start();
        Path enabled = Path.of(printed(node, "rabbit_plugins:enabled_plugins_file()"));
        Files.writeString(enabled, plugins + ".\n");
        node.ctl("eval", "{ok, _, _} = rabbit_plugins:ensure(rabbit_plugins:enabled_plugins_file()).");
        return new PluginBroker(node, Long.parseLong(printed(node, "os:getpid()")));
    }

    /** Where it listens, as {@code guest}. */
    public String uri() {
        return node.uri();
    }

    /** Of the Erlang VM. */
    public long pid() {
        return pid;
    }

    @Override
    public void close() {
        node.close();
    }

    private static String printed(LocalBroker node, String expression) {
        String line = node.ctl("eval", "io:format(\"~s~n\", [" + expression + "]).");
        return line.lines().findFirst().orElse("").trim();
    }
}
