package io.sluice.gateway;

import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.policy.Rules;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
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

    private static final String NO_POLICIES =
            "policies of RabbitMQ were not looked at, as AMQP does not tell them, and one that matches amq.gen-* or a stream can lose"
                    + " messages: rabbitmqctl list_policies -p VHOST --formatter json | sluice check --config FILE --policies -";

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "The YAML configuration file.")
    private @Nullable Path file;

    @Option(
            names = "--policies",
            paramLabel = "FILE",
            description =
                    "Look at RabbitMQ's policies too: what rabbitmqctl list_policies --formatter json printed; - is the standard input.")
    private @Nullable Path policies;

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
        BrokerCheck.Result result = CertificateCheck.of(configuration, Instant.now())
                .and(policies(configuration, line))
                .and(BrokerCheck.of(configuration));
        List<String> findings = result.findings();
        Stream.concat(result.advice().stream(), MachineCheck.ofThisOne().advice(configuration).stream())
                .forEach(advice -> line.getErr().println("advice: " + advice));
        line.getErr().flush();
        findings.forEach(out::println);
        out.println(findings.isEmpty() ? "sluice: nothing found" : "sluice: findings: " + findings.size());
        return findings.isEmpty() ? Main.DONE : Main.FAILED;
    }

    private BrokerCheck.Result policies(Configuration configuration, CommandLine line) {
        if (policies == null) {
            return new BrokerCheck.Result(List.of(), List.of(NO_POLICIES));
        }
        try {
            return PolicyCheck.of(
                    BrokerPolicies.read(policies), Rules.of(configuration).rules());
        } catch (IOException unreadable) {
            throw new CommandLine.ParameterException(
                    line,
                    "--policies " + policies + ": " + unreadable.getMessage()
                            + " Give it what rabbitmqctl list_policies --formatter json prints.",
                    unreadable);
        }
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
}
