package io.sluice.gateway;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The commands. Exit codes: 0 done, 1 failed, 2 usage or configuration. */
@Command(
        name = "sluice",
        description = "A WebSocket-to-AMQP gateway that stands beside RabbitMQ.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        subcommands = {ServeCommand.class, DevCommand.class, CheckCommand.class, TokenCommand.class})
public final class Main implements Runnable {

    static final int DONE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    public static void main(String[] args) {
        System.exit(run(args));
    }

    /** Runs one command and gives its exit code. */
    static int run(String... args) {
        return new CommandLine(new Main()).execute(args);
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                required(spec).commandLine(), "Say which command: serve, dev, check or token.");
    }

    /** What the command line always gives before a command runs. */
    static <T> T required(@Nullable T value) {
        return Objects.requireNonNull(value);
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"sluice " + (version == null ? "development build" : version)};
        }
    }
}
