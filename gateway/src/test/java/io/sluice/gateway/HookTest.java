package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.gateway.Client.Closed;
import io.sluice.gateway.admission.Web;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** A back end that says who a client is: what it is asked, and what becomes of each answer. */
@Timeout(120)
final class HookTest {

    private static final String ALICE = """
            {"subject": "alice", "roles": ["trader"], "claims": {"tenant": "acme"}, "expires": "2999-01-01T00:00:00Z"}
            """;

    private Web hook;
    private Node node;

    @BeforeEach
    void start() throws IOException {
        hook = new Web().answers(200, ALICE);
        node = node("cache: 10s");
    }

    @AfterEach
    void stop() {
        node.close();
        hook.close();
    }

    @Test
    void whoTheHookNamesIsWelcomedWithItsRolesAndClaims() {
        try (Client alice = node.dial()
                .header("Authorization", "Basic YWxpY2U6c2VjcmV0")
                .header("X-Other", "1")
                .open()) {
            assertThat(alice.expect("welcome").json().path("user").asString()).isEqualTo("alice");
            alice.subscribe("users.alice.a").subscribe("ticker.a").subscribe("tenants.acme.a");
            assertThat(alice.ask("{\"op\":\"subscribe\",\"topic\":\"tenants.other.a\"}")
                            .op())
                    .isEqualTo("error");
        }
        var question = JsonMapper.shared().readTree(hook.bodies().element());
        assertThat(question.path("headers").propertyNames()).containsExactly("authorization");
        assertThat(question.path("headers").path("authorization").asString()).isEqualTo("Basic YWxpY2U6c2VjcmV0");
        assertThat(question.path("remoteAddress").asString()).isEqualTo("127.0.0.1");
        assertThat(question.path("path").asString()).isEqualTo("/ws");
    }

    @Test
    void theSameQuestionIsAskedOnceAndAnotherOneAnew() {
        for (int i = 0; i < 5; i++) {
            try (Client alice =
                    node.dial().header("Authorization", "Basic YQ==").open()) {
                alice.expect("welcome");
            }
        }
        assertThat(hook.asked()).isOne();
        try (Client other = node.dial().header("Authorization", "Basic Yg==").open()) {
            other.expect("welcome");
        }
        assertThat(hook.asked()).isEqualTo(2);
    }

    @Test
    void manyWhoAskTheSameAtOnceAreOneQuestion() {
        CountDownLatch released = new CountDownLatch(1);
        hook.answersAfter(released, 200, ALICE);
        List<CompletableFuture<Client>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(node.dial().header("Authorization", "Basic YQ==").openLater());
        }
        await().until(() -> hook.asked() == 1);
        released.countDown();
        for (CompletableFuture<Client> one : waiting) {
            try (Client client = one.orTimeout(30, TimeUnit.SECONDS).join()) {
                client.expect("welcome");
            }
        }
        assertThat(hook.asked()).isOne();
    }

    @Test
    void aRefusalIs401WhereItCanBeSeenAnd4401WhereNot() {
        hook.answers(401, "");
        HttpResponse<?> refusal =
                node.dial().header("Authorization", "Basic YQ==").refusal();
        assertThat(refusal.statusCode()).isEqualTo(401);
        try (Client browser = node.dial()
                .header("Origin", "https://app.example.com")
                .header("Cookie", "session=x")
                .open()) {
            assertThat(browser.closed()).isEqualTo(new Closed(4401, "token invalid"));
        }
        hook.answers(403, "{\"secret\":\"of the hook\"}");
        HttpResponse<?> forbidden = node.dial().refusal();
        assertThat(forbidden.statusCode()).isEqualTo(403);
        assertThat(String.valueOf(forbidden.body())).doesNotContain("secret");
    }

    @Test
    void aCookieIsShownToTheHookOnlyOfAListedPage() {
        assertThat(node.dial().header("Cookie", "session=x").refusal().statusCode())
                .isEqualTo(403);
        assertThat(node.dial()
                        .header("Cookie", "session=x")
                        .header("Origin", "https://evil.example.com")
                        .refusal()
                        .statusCode())
                .isEqualTo(403);
        assertThat(hook.asked()).isZero();
    }

    @Test
    void whoTheHookDoesNotKnowIsAnonymous() {
        hook.answers(204, "");
        try (Client nobody = node.dial().open()) {
            assertThat(nobody.expect("welcome").json().path("user").asString(""))
                    .isEmpty();
            nobody.subscribe("news.a");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | junk",
                "200 | {}",
                "200 | []",
                "200 | {\"subject\":\"\"}",
                "200 | {\"subject\":7}",
                "200 | {\"subject\":\"a\",\"subject\":\"b\"}",
                "200 | {\"subject\":\"a\"}{}",
                "200 | {\"subject\":\"a\",\"roles\":\"admin\"}",
                "200 | {\"subject\":\"a\",\"roles\":[7]}",
                "200 | {\"subject\":\"a\",\"claims\":[]}",
                "200 | {\"subject\":\"a\",\"expires\":\"soon\"}",
                "200 | {\"subject\":\"a\",\"expires\":null}",
                "201 | {\"subject\":\"a\"}",
                "404 | ''",
                "418 | ''",
                "500 | ''",
                "503 | ''"
            })
    void anAnswerThatIsNoneIs503WithRetryAfter(int status, String body) {
        hook.answers(status, body);

        HttpResponse<?> refusal = node.dial().refusal();
        assertThat(refusal.statusCode()).isEqualTo(503);
        assertThat(refusal.headers().firstValueAsLong("retry-after")).isPresent();
    }

    @Test
    void anAnswerThatHasExpiredLetsNobodyIn() {
        hook.answers(200, "{\"subject\":\"a\",\"expires\":" + (Instant.now().getEpochSecond() - 1) + "}");
        assertThat(node.dial().header("Authorization", "Basic YQ==").refusal().statusCode())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/elsewhere", "http://127.0.0.1:1/", "http://169.254.169.254/latest/meta-data"})
    void aRedirectIsNotFollowed(String location) {
        hook.redirects(location);
        assertThat(node.dial().refusal().statusCode()).isEqualTo(503);
        assertThat(hook.asked()).isOne();
    }

    @Test
    void anAnswerWithoutEndIsCutAndOneThatDoesNotComeIsGivenUp() {
        hook.answersForEver();
        assertThat(node.dial().refusal().statusCode()).isEqualTo(503);
        hook.answersAfter(new CountDownLatch(1), 200, ALICE);
        long begun = System.nanoTime();
        assertThat(node.dial().refusal().statusCode()).isEqualTo(503);
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .isBetween(Duration.ofMillis(900), Duration.ofSeconds(5));
    }

    @Test
    void aHookThatIsDownIsLeftAloneAndFoundAgainAndNobodyInsideNotices() {
        try (Client alice = node.dial().header("Authorization", "Basic YQ==").open()) {
            alice.expect("welcome");
            hook.answers(500, "");
            int before = hook.asked();
            for (int i = 0; i < 20; i++) {
                assertThat(node.dial()
                                .header("Authorization", "Basic " + i)
                                .refusal()
                                .statusCode())
                        .isEqualTo(503);
            }
            assertThat(hook.asked() - before).isEqualTo(5);
            alice.expectNothing();

            hook.answers(200, ALICE);
            await().atMost(Duration.ofSeconds(20)).ignoreExceptions().untilAsserted(() -> {
                try (Client late =
                        node.dial().header("Authorization", "Basic Yw==").open()) {
                    late.expect("welcome");
                }
            });
        }
        assertThat(node.metric("sluice_hook_requests_total{result=\"failed\"}")).isEqualTo(5);
    }

    @Test
    void withoutACacheEveryHandshakeIsAsked() {
        try (Node fresh = node("cache: 0s")) {
            for (int i = 0; i < 3; i++) {
                fresh.connect().close();
            }
        }
        assertThat(hook.asked()).isEqualTo(3);
    }

    private Node node(String more) {
        return Node.start("""
                origins: ["https://app.example.com"]
                authentication:
                  anonymous: true
                  hook: {url: "%s", timeout: 1s, %s}
                topics: [{match: "#", exchange: amq.topic}]
                permissions:
                  - {subscribe: ["news.#"]}
                  - {role: authenticated, subscribe: ["users.{sub}.#", "tenants.{claim.tenant}.#"]}
                  - {role: trader, subscribe: ["ticker.#"]}
                """.formatted(hook.uri("/who"), more));
    }
}
