package io.sluice.gateway;

import io.sluice.bridge.BridgeMetrics;
import io.sluice.bridge.BrokerListener;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.amqp.AmqpBroker;
import io.sluice.bridge.amqp.Rehearsal;
import io.sluice.bridge.topic.Route;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicRules;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.Configuration.Permission;
import io.sluice.gateway.policy.Rules;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Connects and binds as {@code serve} would, and tries the rest with no effect: what the broker refuses is a finding. */
final class BrokerCheck {

    private static final long CONNECT_SECONDS = 15;

    /** Channels beside those of the rules: lanes, replies, markers, control, events and checks. */
    private static final int CHANNELS = 16;

    /** Stands for what a client would fill in. */
    private static final String WORD = "sluice-check";

    private final Configuration configuration;
    private final TopicRules rules;
    private final Findings findings = new Findings();
    private final List<String> advice = new ArrayList<>();

    private BrokerCheck(Configuration configuration) {
        this.configuration = configuration;
        rules = Rules.of(configuration);
    }

    /**
     * @param findings what does not work, in the order of the rules
     * @param advice what works and could be better
     */
    record Result(List<String> findings, List<String> advice) {

        /** This, and behind it {@code other}. */
        Result and(Result other) {
            return new Result(
                    Stream.concat(findings.stream(), other.findings.stream()).toList(),
                    Stream.concat(advice.stream(), other.advice.stream()).toList());
        }
    }

    static Result of(Configuration configuration) throws InterruptedException {
        BrokerCheck check = new BrokerCheck(configuration);
        if (check.serves()) {
            check.rehearse();
        }
        return new Result(check.findings.all(), List.copyOf(check.advice));
    }

    /** Whether there is a broker. Its queues vanish with the connection. */
    private boolean serves() throws InterruptedException {
        try (AmqpBroker broker = Bridge.of(configuration, rules, BridgeMetrics.NONE)) {
            if (!configuration.amqp().control().isEmpty()) {
                broker.control(configuration.amqp().control(), body -> {});
            }
            broker.start(findings, findings);
            findings.connected.get(CONNECT_SECONDS, TimeUnit.SECONDS);
            String reason = broker.state().reason();
            if (reason != null && !findings.hasToldOf(reason)) {
                findings.add("broker: " + reason);
            }
            return true;
        } catch (ExecutionException | TimeoutException e) {
            findings.add("broker: " + findings.reason);
        } catch (IOException e) {
            findings.add(String.valueOf(e.getMessage()));
        }
        return false;
    }

    private void rehearse() {
        try (Rehearsal rehearsal = Rehearsal.connect(Bridge.settings(configuration))) {
            for (Rule rule : rules.rules()) {
                if (rule.subscribable() && !findings.hasUnavailable(rule)) {
                    subscribe(rule, rehearsal);
                }
            }
            Duration heartbeat = configuration.amqp().heartbeat();
            Stream.of(
                            rehearsal.advice(),
                            rehearsal.heartbeatProblem(heartbeat),
                            rehearsal.channelProblem(rules.rules().size() + CHANNELS))
                    .filter(one -> one != null)
                    .forEach(advice::add);
            if (findings.blocked) {
                // A blocked broker does not read on from a connection that has published.
                advice.add("publishes were not tried, as the broker accepts none: check again when it does.");
            } else {
                publish(rehearsal);
            }
        } catch (IOException e) {
            findings.add("broker: " + e.getMessage());
        }
    }

    private void publish(Rehearsal rehearsal) throws IOException {
        for (Route route : routes()) {
            if (!findings.hasUnavailable(route.rule())) {
                tell(route.rule(), rehearsal.publishProblem(route));
            }
        }
        String events = configuration.amqp().events();
        String problem = events.isEmpty() ? null : rehearsal.publishProblem(events, "session.connect");
        if (problem != null) {
            findings.add("amqp.events: " + problem);
        }
        rehearsal.answers();
    }

    private void subscribe(Rule rule, Rehearsal rehearsal) throws IOException {
        if (rule.source() instanceof Rule.Resumable resumable) {
            tell(rule, rehearsal.streamProblem(resumable));
        } else if (rule.source() instanceof Rule.Work work) {
            tell(rule, rehearsal.consumeProblem(work.queue()));
        } else if (rule.source() instanceof Rule.Live live) {
            String problem = rehearsal.markProblem(live.exchange());
            if (problem != null && !advice.contains(problem)) {
                advice.add(problem);
            }
        }
    }

    private void tell(Rule rule, @Nullable String problem) {
        if (problem != null) {
            findings.add(rule, problem);
        }
    }

    /** One for each pattern that somebody may publish or request on. */
    private Set<Route> routes() {
        Set<Route> routes = new LinkedHashSet<>();
        for (Permission permission : configuration.permissions()) {
            Stream.concat(permission.publish().stream(), permission.request().stream())
                    .map(pattern -> rules.route(topic(pattern)))
                    .filter(route -> route != null)
                    .forEach(routes::add);
        }
        return routes;
    }

    /** A topic that the pattern of a grant matches. */
    private static String topic(String pattern) {
        return pattern.replaceAll("\\{[^}]*}|[*#]", WORD);
    }

    private static final class Findings implements BrokerListener, DeliverySink {
        private final CompletableFuture<Void> connected = new CompletableFuture<>();
        private final Map<Integer, List<String>> byRule = new TreeMap<>();
        private final List<String> others = new ArrayList<>();
        private volatile String reason = "no answer";
        private volatile boolean blocked;

        private synchronized void add(String sentence) {
            others.add(sentence);
        }

        private synchronized void add(Rule rule, String why) {
            byRule.computeIfAbsent(rule.index(), first -> new ArrayList<>())
                    .add("topics[" + rule.index() + "] " + rule.name() + ": " + why);
        }

        private synchronized boolean hasUnavailable(Rule rule) {
            return byRule.containsKey(rule.index());
        }

        private synchronized boolean hasToldOf(String why) {
            return byRule.values().stream().flatMap(List::stream).anyMatch(told -> told.endsWith(why));
        }

        private synchronized List<String> all() {
            return Stream.concat(byRule.values().stream().flatMap(List::stream), others.stream())
                    .toList();
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
                this.blocked = true;
                add("broker: " + Rehearsal.blockedProblem(why));
            }
        }

        @Override
        public void ruleAvailable(Rule rule) {}

        @Override
        public void ruleUnavailable(Rule rule, String why) {
            add(rule, why);
        }

        @Override
        public void deliver(Delivery delivery) {}

        @Override
        public void gap(Rule rule, Hole hole, long missed) {}

        @Override
        public void tooLarge(Rule rule, String topic) {}
    }
}
