package io.sluice.gateway;

import io.sluice.gateway.admission.Origins;
import io.sluice.gateway.config.Amqp;
import io.sluice.gateway.config.Authentication;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.Configuration.History;
import io.sluice.gateway.config.Configuration.Overflow;
import io.sluice.gateway.config.Configuration.TopicRule;
import io.sluice.gateway.dev.DemoPage;
import io.sluice.gateway.dev.EmbeddedBroker;
import io.sluice.gateway.dev.PrivateRabbit;
import io.sluice.gateway.dev.SamplePublisher;
import io.sluice.gateway.server.StaticResources;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sluice dev}: run with no configuration, for a first look. Not for production. */
@Command(
        name = "dev",
        description = "Run with no configuration, a demo page and an embedded broker. Not for production.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class DevCommand implements Callable<Integer> {

    private static final String LOOPBACK = "127.0.0.1";
    private static final History HISTORY = new History(
            "sluice.dev",
            Duration.ofHours(1),
            64 << 20,
            4 << 20,
            History.DEFAULT.windowBytes(),
            History.DEFAULT.windowMessages(),
            History.DEFAULT.catchUpReaders());

    @Option(
            names = "--port",
            defaultValue = "8080",
            paramLabel = "PORT",
            description = "The port of the demo page and of /ws; 0 for any. Default: ${DEFAULT-VALUE}.")
    private int port = 8080;

    @Option(names = "--amqp", paramLabel = "URI", description = "A broker of yours, instead of the embedded one.")
    private @Nullable URI amqp;

    @Option(
            names = "--rabbitmq",
            description =
                    "A private RabbitMQ, instead of the embedded broker: started from this machine's rabbitmq-server"
                            + " and removed at the end.")
    private boolean rabbitMq;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        CommandLine line = Main.required(spec).commandLine();
        if (amqp != null && rabbitMq) {
            line.getErr().println("sluice: --amqp names a broker, --rabbitmq starts one: give one of them.");
            return Main.USAGE;
        }
        try {
            return amqp != null ? run(amqp, line) : runWithBroker(line);
        } catch (IllegalStateException e) {
            line.getErr().println("sluice: " + e.getMessage());
            return Main.FAILED;
        }
    }

    private int runWithBroker(CommandLine line) throws InterruptedException {
        if (rabbitMq) {
            line.getOut().println("Starting a private RabbitMQ; it and its data are gone when this ends.");
            try (PrivateRabbit rabbit = PrivateRabbit.start()) {
                return run(rabbit.uri(), line);
            }
        }
        try (EmbeddedBroker embedded = EmbeddedBroker.start()) {
            return run(embedded.uri(), line);
        }
    }

    private int run(URI broker, CommandLine line) throws InterruptedException {
        DemoPage page = DemoPage.load(broker);
        Gateway gateway;
        try {
            Configuration configuration = rabbitMq ? resumable(broker, port) : configuration(broker, port);
            gateway = Gateway.start(configuration, Origins.localhost(), resources(page));
        } catch (IOException e) {
            line.getErr().println("sluice: " + e.getMessage());
            return Main.FAILED;
        }
        try (SamplePublisher samples = SamplePublisher.start(broker)) {
            PrintWriter out = line.getOut();
            out.println("This is sluice dev: anonymous, every topic open, not for production.");
            out.println("Watch and publish at http://localhost:"
                    + gateway.addresses().get(0).getPort() + "/");
            out.println(
                    "Back ends publish to the exchange amq.topic at " + (amqp == null ? broker : "your broker") + ".");
            return Foreground.run(gateway, out, () -> {});
        }
    }

    /** Every topic on {@code amq.topic}, anonymous, on the loopback address alone. */
    static Configuration configuration(URI broker, int port) {
        return configuration(broker, port, TopicRule.DEFAULT.with(Overflow.DROP_OLDEST));
    }

    /** The same, and all of it can be resumed: it needs a RabbitMQ, in which it declares a stream. */
    static Configuration resumable(URI broker, int port) {
        return configuration(
                broker, port, TopicRule.DEFAULT.with(Overflow.DROP_OLDEST).with(HISTORY));
    }

    private static Configuration configuration(URI broker, int port, TopicRule everything) {
        Configuration defaults = Configuration.DEFAULT;
        return new Configuration(
                List.of(new Configuration.Listener(LOOPBACK, port, null, false)),
                List.of(),
                new Configuration.Operations(LOOPBACK, 0, "", false, null),
                new Amqp(List.of(broker.toString()), defaults.amqp().heartbeat(), null, "", ""),
                List.of(),
                new Authentication(true, defaults.authentication().timeout(), false, "", "roles", List.of(), null),
                List.of(everything),
                List.of(new Configuration.Permission(null, List.of("#"), List.of("#"), List.of("#"))),
                defaults.limits(),
                defaults.websocket(),
                defaults.fanout(),
                new Configuration.Drain(Duration.ZERO, Duration.ZERO),
                defaults.log(),
                true);
    }

    /** The demo page as the public port serves it. */
    static StaticResources resources(DemoPage page) {
        return path -> {
            DemoPage.Resource resource = page.resource(path);
            return resource == null ? null : new StaticResources.Resource(resource.headers(), resource.body());
        };
    }
}
