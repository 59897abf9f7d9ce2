package io.sluice.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The policies of a virtual host, as RabbitMQ tells them to an administrator: {@code rabbitmqctl list_policies --formatter json}, or
 * {@code GET /api/policies/VHOST} of its management API. AMQP tells nothing of them.
 */
final class BrokerPolicies {

    /** Of a file; a policy has a few hundred bytes. */
    private static final int MOST_BYTES = 4 << 20;

    /**
     * @param pattern of the names that it is for
     * @param applyTo {@code all}, {@code queues}, {@code streams} …
     * @param definition keys and values
     */
    record Policy(String name, Pattern pattern, String applyTo, long priority, JsonNode definition) {

        /** Those of {@code keys} that it sets, as {@code max-length 100}; empty where there is none. */
        String tells(Set<String> keys) {
            return keys.stream()
                    .filter(definition::has)
                    .sorted()
                    .map(key -> key + ' ' + definition.path(key).asString())
                    .collect(Collectors.joining(" and "));
        }
    }

    private final List<Policy> policies;

    private BrokerPolicies(List<Policy> policies) {
        this.policies = policies;
    }

    /**
     * Reads a file; {@code -} is the standard input.
     *
     * @throws IOException with a sentence, where it is none of those
     */
    static BrokerPolicies read(Path file) throws IOException {
        try (InputStream in = file.toString().equals("-") ? System.in : Files.newInputStream(file)) {
            return parse(in.readNBytes(MOST_BYTES));
        } catch (NoSuchFileException missing) {
            throw new IOException("There is no such file.", missing);
        }
    }

    static BrokerPolicies parse(byte[] json) throws IOException {
        List<Policy> policies = new ArrayList<>();
        try {
            JsonNode list = JsonMapper.shared().readTree(json);
            if (!list.isArray()) {
                throw new IOException("Expected a list.");
            }
            for (JsonNode one : list) {
                // rabbitmqctl writes the definition as a text.
                JsonNode definition = one.path("definition");
                policies.add(new Policy(
                        one.path("name").asString(),
                        Pattern.compile(one.path("pattern").asString()),
                        one.path("apply-to").asString(),
                        one.path("priority").asLong(0),
                        definition.isString() ? JsonMapper.shared().readTree(definition.asString()) : definition));
            }
        } catch (JacksonException | PatternSyntaxException notOne) {
            throw new IOException("It cannot be read: " + notOne.getMessage(), notOne);
        }
        policies.sort(Comparator.comparingLong(Policy::priority).reversed());
        return new BrokerPolicies(policies);
    }

    /** The policy that is in force for the object {@code name}: that of the highest priority, or of each where several have it. */
    List<Policy> on(String name, Set<String> kinds) {
        List<Policy> matching = policies.stream()
                .filter(policy -> policy.applyTo().equals("all") || kinds.contains(policy.applyTo()))
                .filter(policy -> policy.pattern().matcher(name).find())
                .toList();
        return matching.stream()
                .filter(policy -> policy.priority() == matching.get(0).priority())
                .toList();
    }
}
