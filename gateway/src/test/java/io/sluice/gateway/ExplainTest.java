package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code sluice check --explain}: which grant allows something, or why none does; without a broker. */
final class ExplainTest {

    private static final String FILE = """
            origins: ["https://app.example.com"]
            authentication: {anonymous: true}
            topics:
              - {match: "strict.#", exchange: x}
              - {match: "#", exchange: x, narrow: true}
            permissions:
              - {subscribe: ["news.#"]}
              - {role: authenticated, subscribe: ["users.{sub}.#", "tenants.{claim.tenant}.#"], publish: ["chat.*"]}
              - {role: trader, subscribe: ["strict.a"]}
            """;

    @TempDir
    private Path directory;

    @Test
    void theGrantThatAllowsItIsNamed() throws IOException {
        assertThat(explain(0, "alice", "subscribe", "users.alice.#"))
                .containsExactly(
                        "users.alice.# belongs to topics[1], #.",
                        "subscribe users.alice.# is allowed by permissions[1], users.{sub}.#.");
        assertThat(explain(0, "-", "subscribe", "news.a")).last().asString().contains("permissions[0], news.#");
        assertThat(explain(0, "alice", "publish", "chat.a")).last().asString().contains("permissions[1], chat.*");
    }

    @Test
    void rolesAndClaimsCount() throws IOException {
        assertThat(explain(1, "alice", "subscribe", "strict.a"))
                .last()
                .asString()
                .contains("is forbidden");
        assertThat(explain(0, "alice", "subscribe", "strict.a", "--role", "trader"))
                .last()
                .asString()
                .contains("permissions[2]");
        assertThat(explain(0, "alice", "subscribe", "tenants.acme.a", "--claim", "tenant=acme"))
                .last()
                .asString()
                .contains("permissions[1]");
        assertThat(explain(1, "alice", "publish", "tenants.acme.a", "--claim", "tenant=acme"))
                .last()
                .asString()
                .isEqualTo(
                        "publish tenants.acme.a is forbidden: no grant contains all of it. Those for publish are permissions[1] chat.*.");
    }

    @Test
    void whatIsForbiddenIsToldWithWhatIsGranted() throws IOException {
        assertThat(explain(1, "-", "publish", "chat.a"))
                .last()
                .asString()
                .isEqualTo("publish chat.a is forbidden: no grant for publish is for this principal.");
        assertThat(explain(1, "alice", "subscribe", "strict.#")).hasSize(2);
        assertThat(explain(1, "*", "subscribe", "users.bob.a"))
                .contains(
                        "subscribe users.bob.a is forbidden: no grant contains all of it. Those for subscribe are permissions[0] news.#.");
    }

    @Test
    void aNarrowRuleSaysWhatComesOfIt() throws IOException {
        assertThat(explain(0, "alice", "subscribe", "#"))
                .last()
                .asString()
                .isEqualTo(
                        "topics[1] has narrow: true, so the subscription is accepted, and receives what matches news.# or users.alice.# too.");
        assertThat(explain(1, "alice", "subscribe", "other.#"))
                .last()
                .asString()
                .contains("no grant has a topic in common with it");
    }

    @Test
    void aQuestionThatIsNoneIsExit2() throws IOException {
        assertThat(explain(2, "alice", "read", "a")).isEmpty();
        assertThat(explain(2, "alice", "subscribe", "a..b")).isEmpty();
        assertThat(explain(2, "alice", "publish", "a.*")).isEmpty();
    }

    private List<String> explain(int exit, String subject, String action, String pattern, String... more)
            throws IOException {
        Path file = Files.writeString(directory.resolve("sluice.yaml"), FILE);
        List<String> arguments =
                new ArrayList<>(List.of("check", "--config", file.toString(), "--explain", subject, action, pattern));
        arguments.addAll(List.of(more));
        StringWriter out = new StringWriter();
        int code = new CommandLine(new Main())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(new StringWriter()))
                .execute(arguments.toArray(String[]::new));
        assertThat(code).as(out.toString()).isEqualTo(exit);
        return out.toString().lines().toList();
    }
}
