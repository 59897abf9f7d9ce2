package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.gateway.Client.Closed;
import io.sluice.gateway.Client.Received;
import io.sluice.gateway.admission.Web;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tokens of an issuer that publishes its keys: what clients notice of it when these come late, change or cannot be had. */
@Timeout(120)
final class IssuerKeysTest {

    private static final SignedToken TOKEN = SignedToken.of("alice");

    private Web issuer;
    private Node node;

    @BeforeEach
    void start() throws IOException {
        issuer = new Web().answers(200, SignedToken.jwks());
        node = Node.start("""
                origins: ["https://app.example.com"]
                authentication:
                  timeout: 2s
                  queryToken: true
                  jwt: [{issuer: id, audience: sluice, algorithms: [ES256], jwksUri: "%s"}]
                topics: [{match: "#", exchange: amq.topic}]
                permissions: [{role: authenticated, subscribe: ["users.{sub}.#"]}]
                """.formatted(issuer.uri("/jwks.json")));
    }

    @AfterEach
    void stop() {
        node.close();
        issuer.close();
    }

    @Test
    void aTokenOfEachCarrierIsWelcomedAndTheKeysAreFetchedOnce() {
        String token = TOKEN.signed();
        try (Client first = node.dial().bearer(token).open();
                Client second = node.dial()
                        .subprotocols("sluice.v1.json", "bearer." + token)
                        .open();
                Client third = node.dial().query("access_token=" + token).open();
                Client fourth = node.dial().open()) {
            fourth.send("{\"op\":\"auth\",\"token\":\"" + token + "\"}");
            for (Client client : List.of(first, second, third, fourth)) {
                assertThat(client.expect("welcome").json().path("user").asString())
                        .isEqualTo("alice");
            }
            fourth.subscribe("users.alice.inbox");
        }
        assertThat(issuer.asked()).isOne();
        assertThat(node.metric("sluice_jwks_fetches_total{issuer=\"id\",result=\"ok\"}"))
                .isOne();
    }

    @Test
    void tokensThatNameKeysNobodyKnowsFetchNothingMore() {
        try (Client good = node.dial().bearer(TOKEN.signed()).open()) {
            good.expect("welcome");
            for (int i = 0; i < 50; i++) {
                HttpResponse<?> refusal =
                        node.dial().bearer(TOKEN.naming("k" + i).signed()).refusal();
                assertThat(refusal.statusCode()).isEqualTo(401);
            }
            good.expectNothing();
        }
        assertThat(issuer.asked()).isOne();
        assertThat(node.metric("sluice_auth_failures_total{reason=\"key\"}")).isEqualTo(50);
    }

    @Test
    void whoWaitsForTheKeysIsAnsweredWhenTheyCome() {
        CountDownLatch released = new CountDownLatch(1);
        issuer.answersAfter(released, 200, SignedToken.jwks());
        List<CompletableFuture<Client>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(node.dial().bearer(TOKEN.signed()).openLater());
        }
        try (Client talker = node.dial().open()) {
            talker.send("{\"op\":\"auth\",\"token\":\"" + TOKEN.signed() + "\"}");
            // Read when it is known who it is, and not before.
            talker.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"users.alice.a\"}");
            await().until(() -> issuer.asked() == 1);
            assertThat(waiting).noneMatch(CompletableFuture::isDone);
            released.countDown();

            talker.expect("welcome");
            assertThat(talker.expect("ok").json().path("id").asInt()).isOne();
        }
        for (CompletableFuture<Client> one : waiting) {
            try (Client client =
                    one.orTimeout(30, java.util.concurrent.TimeUnit.SECONDS).join()) {
                client.expect("welcome");
            }
        }
        assertThat(issuer.asked()).isOne();
    }

    @Test
    void whereTheKeysCannotBeHadThereIs503AndTheConnectionsThatStandDoNotNotice() {
        try (Client standing = node.dial().bearer(TOKEN.signed()).open()) {
            standing.expect("welcome");
            issuer.answers(500, "");
            try (Client later = node.dial().bearer(TOKEN.signed()).open()) {
                later.expect("welcome");
            }
            standing.expectNothing();
        }
    }

    @Test
    void withoutAnyKeysNobodyIsJudged() {
        issuer.answers(500, "");

        HttpResponse<?> refusal = node.dial().bearer(TOKEN.signed()).refusal();
        assertThat(refusal.statusCode()).isEqualTo(503);
        assertThat(refusal.headers().firstValueAsLong("retry-after")).isPresent();
        // A browser that would see 4401 would throw its good token away.
        assertThat(node.dial()
                        .subprotocols("sluice.v1.json", "bearer." + TOKEN.signed())
                        .refusal()
                        .statusCode())
                .isEqualTo(503);
        try (Client talker = node.dial().open()) {
            talker.send("{\"op\":\"auth\",\"token\":\"" + TOKEN.signed() + "\"}");
            assertThat(talker.closed()).isEqualTo(new Closed(1013, "authentication unavailable"));
        }
        issuer.answers(200, SignedToken.jwks());
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().untilAsserted(() -> {
            try (Client client = node.dial().bearer(TOKEN.signed()).open()) {
                client.expect("welcome");
            }
        });
    }

    @Test
    void anIssuerThatHangsCostsItsClientsTheAuthenticationTimeoutAndNobodyElse() {
        issuer.answersAfter(new CountDownLatch(1), 200, SignedToken.jwks());
        long begun = System.nanoTime();
        CompletableFuture<Client> waiting = node.dial().bearer(TOKEN.signed()).openLater();
        try (Client other = node.dial().open()) {
            assertThat(other.ask("{\"op\":\"ping\"}").json().path("code").asString())
                    .isEqualTo("unauthorized");
        }
        assertThat(waiting).failsWithin(Duration.ofSeconds(8));
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(1900));
    }

    @Test
    void aRefreshThatCannotBeVerifiedLeavesTheSessionWhatItIs() {
        issuer.answers(500, "");
        try (Node two = Node.start("""
                origins: ["https://app.example.com"]
                authentication:
                  anonymous: true
                  jwt: [{issuer: id, algorithms: [ES256], jwksUri: "%s"}]
                topics: [{match: "#", exchange: amq.topic}]
                permissions: [{subscribe: ["news.#"]}]
                """.formatted(issuer.uri("/jwks.json")));
                Client client = two.connect()) {
            Received answer = client.ask("{\"op\":\"auth\",\"token\":\"" + TOKEN.signed() + "\"}");
            assertThat(answer.json().path("code").asString()).isEqualTo("unavailable");
            client.subscribe("news.a").expectNothing();
        }
    }
}
