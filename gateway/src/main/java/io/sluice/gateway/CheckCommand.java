package io.sluice.gateway;

import io.sluice.bridge.BridgeMetrics;
import io.sluice.bridge.BrokerListener;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.amqp.AmqpBroker;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.policy.Rules;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sluice check}: validate the file, connect, and try what the gateway would do. */
@Command(
        name = "check",
        description = "Validate the configuration, connect to the broker and report what is missing.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class CheckCommand implements Callable<Integer> {

    private static final long CONNECT_SECONDS = 15;

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "The YAML configuration file.")
    private @Nullable Path file;

    @Option(
            names = "--explain",
            arity = "3",
            paramLabel = "VALUE",
            description =
                    "Instead: SUBJECT ACTION PATTERN, such as alice subscribe 'a.#': tell which grant allows that, or why none does. SUBJECT - is a client with no token.")
    private List<String> explain = List.of();

    @Option(names = "--role", paramLabel = "ROLE", description = "With --explain: a role of the subject.")
    private List<String> roles = List.of();

    @Option(names = "--claim", paramLabel = "K=V", description = "With --explain: a claim of the subject's token.")
    private Map<String, String> claims = Map.of();

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        CommandLine line = Main.required(spec).commandLine();
        Configuration configuration = ConfigurationFile.read(Main.required(file), line.getErr());
        if (configuration == null) {
            return Main.USAGE;
        }
        PrintWriter out = line.getOut();
        if (!explain.isEmpty()) {
            return explain(configuration, line);
        }
        List<String> findings = findings(configuration);
        findings.forEach(out::println);
        out.println(findings.isEmpty() ? "sluice: nothing found" : "sluice: findings: " + findings.size());
        return findings.isEmpty() ? Main.DONE : Main.FAILED;
    }

    private int explain(Configuration configuration, CommandLine line) {
        String action = explain.get(1);
        String pattern = explain.get(2);
        String problem = Explanation.problem(action, pattern);
        if (!problem.isEmpty()) {
            throw new CommandLine.ParameterException(line, "--explain: " + problem);
        }
        Explanation explanation = Explanation.of(
                configuration,
                explain.get(0),
                roles,
                new LinkedHashMap<>(claims),
                Explanation.action(action),
                TopicPattern.of(pattern));
        explanation.lines().forEach(line.getOut()::println);
        return explanation.allowed() ? Main.DONE : Main.FAILED;
    }

    /** Connects and binds as {@code serve} would; what the broker refuses is a finding. Its queues vanish with the connection. */
    private static List<String> findings(Configuration configuration) throws InterruptedException {
        Findings findings = new Findings();
        try (AmqpBroker broker = Gateway.broker(configuration, Rules.of(configuration), BridgeMetrics.NONE)) {
            broker.start(findings, findings);
            findings.connected.get(CONNECT_SECONDS, TimeUnit.SECONDS);
            String reason = broker.state().reason();
            if (reason != null && findings.all().isEmpty()) {
                findings.add("broker: " + reason);
            }
        } catch (ExecutionException | TimeoutException e) {
            findings.add("broker: " + findings.reason);
        } catch (IOException e) {
            findings.add(String.valueOf(e.getMessage()));
        }
        return findings.all();
    }

    private static final class Findings implements BrokerListener, DeliverySink {
        private final CompletableFuture<Void> connected = new CompletableFuture<>();
        private final List<String> sentences = new ArrayList<>();
        private volatile String reason = "no answer";

        private synchronized void add(String sentence) {
            sentences.add(sentence);
        }

        private synchronized List<String> all() {
            return List.copyOf(sentences);
        }

        @Override
        public void up() {
            connected.complete(null);
        }

        @Override
        public void down(String why) {
            reason = why;
            connected.completeExceptionally(new IllegalStateException(why));
        }

        @Override
        public void blocked(boolean blocked, String why) {
            if (blocked) {
                add("broker: it accepts no publishes now: " + why);
            }
        }

        @Override
        public void ruleAvailable(Rule rule) {}

        @Override
        public void ruleUnavailable(Rule rule, String why) {
            add("topics[" + rule.index() + "] " + rule.name() + ": " + why);
        }

        @Override
        public void deliver(Delivery delivery) {}

        @Override
        public void gap(Rule rule, Hole hole, long missed) {}

        @Override
        public void tooLarge(Rule rule, String topic) {}
    }
}
