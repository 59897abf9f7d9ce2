package io.sluice.gateway;

import io.sluice.bridge.topic.Rule;
import io.sluice.gateway.BrokerPolicies.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What policies of RabbitMQ do to what the gateway declares and consumes. A queue that drops messages by policy does so without a word, where
 * the gateway promises a {@code gap}.
 */
final class PolicyCheck {

    /** Stands for every queue that the broker names. */
    private static final String OWN_QUEUE = "amq.gen-sluice-check";

    /** What takes messages out of a queue, or the queue away, before a consumer has had them. */
    private static final Set<String> LOSING = Set.of("message-ttl", "expires", "max-length", "max-length-bytes");

    private static final Set<String> RETENTION = Set.of("max-age", "max-length-bytes");

    private final BrokerPolicies policies;
    private final List<String> findings = new ArrayList<>();
    private final List<String> advice = new ArrayList<>();

    private PolicyCheck(BrokerPolicies policies) {
        this.policies = policies;
    }

    /** Looks at {@code policies} for these rules. */
    static BrokerCheck.Result of(BrokerPolicies policies, List<Rule> rules) {
        PolicyCheck check = new PolicyCheck(policies);
        check.ownQueues();
        rules.forEach(check::named);
        return new BrokerCheck.Result(List.copyOf(check.findings), List.copyOf(check.advice));
    }

    private void ownQueues() {
        for (Policy policy : policies.on(OWN_QUEUE, Set.of("queues", "classic_queues"))) {
            String keys = policy.tells(LOSING);
            if (!keys.isEmpty()) {
                findings.add(
                        ("policy %s: It matches the gateways' own queues (amq.gen-*) and sets %s, so they lose messages and no gap is"
                                        + " told: give it a pattern that does not match them, as ^(?!amq\\.gen-).")
                                .formatted(policy.name(), keys));
            }
        }
    }

    private void named(Rule rule) {
        if (rule.source() instanceof Rule.Resumable resumable) {
            for (Policy policy : policies.on(resumable.stream(), Set.of("queues", "streams"))) {
                String keys = policy.tells(RETENTION);
                if (!keys.isEmpty()) {
                    advice.add(
                            "policy %s: It sets the retention of the stream '%s', and not maxAge and maxBytes of topics[%d]: %s."
                                    .formatted(policy.name(), resumable.stream(), rule.index(), keys));
                }
            }
        } else if (rule.source() instanceof Rule.Work work) {
            for (Policy policy : policies.on(work.queue(), Set.of("queues", "classic_queues", "quorum_queues"))) {
                String keys = policy.tells(LOSING);
                if (!keys.isEmpty()) {
                    advice.add(
                            "policy %s: It sets %s on the queue '%s' of topics[%d], so work may be gone before a session has it."
                                    .formatted(policy.name(), keys, work.queue(), rule.index()));
                }
            }
        }
    }
}
