package io.sluice.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.gateway.admission.HookAnswer.Nobody;
import io.sluice.gateway.admission.HookAnswer.Refused;
import io.sluice.gateway.admission.HookAnswer.Somebody;
import io.sluice.gateway.admission.HookAnswer.Unavailable;
import io.sluice.gateway.config.Hook;
import io.sluice.gateway.metrics.Meters;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
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
import org.junit.jupiter.params.provider.ValueSource;

/** The hook by itself; in a whole node: {@code HookTest}. */
@Timeout(60)
class AuthenticationHookTest {

    private static final String ALICE = "{\"subject\": \"alice\"}";

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final BoundedHttp http = new BoundedHttp();
    private Web web;
    private AuthenticationHook hook;

    @BeforeEach
    void start() throws IOException {
        web = new Web().answers(200, ALICE);
        hook = hook(Duration.ofMinutes(1));
    }

    @AfterEach
    void stop() {
        http.close();
        web.close();
    }

    @Test
    void twoHundredSaysWhoAndTwoHundredAndFourNobody() {
        assertThat(((Somebody) asked("a")).principal().subject()).isEqualTo("alice");
        web.answers(204, "");
        assertThat(asked("b")).isEqualTo(new Nobody());
        assertThat(registry.get("sluice.hook.requests")
                        .tag("result", "ok")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void aRefusalIsPassedOn(int status) {
        web.answers(status, "");

        assertThat(asked("a")).isEqualTo(new Refused(status));
    }

    @ParameterizedTest
    @ValueSource(ints = {201, 400, 404, 418, 500, 503})
    void anythingElseIsNoAnswerAndNothingIsRemembered(int status) {
        web.answers(status, ALICE);
        assertThat(asked("a")).isEqualTo(new Unavailable());
        web.answers(200, ALICE);
        assertThat(asked("a")).isInstanceOf(Somebody.class);
        assertThat(registry.get("sluice.hook.requests")
                        .tag("result", "failed")
                        .counter()
                        .count())
                .isOne();
    }

    @Test
    void whoHasExpiredIsRefused() {
        web.answers(200, "{\"subject\": \"alice\", \"expires\": 1000}");

        assertThat(asked("a")).isEqualTo(new Refused(401));
    }

    @Test
    void theSameQuestionIsAskedOnceWhereAnswersAreRemembered() {
        asked("a");
        asked("a");
        assertThat(web.asked()).isOne();
        asked("b");
        assertThat(web.asked()).isEqualTo(2);

        hook = hook(Duration.ZERO);
        asked("a");
        asked("a");
        assertThat(web.asked()).isEqualTo(4);
    }

    @Test
    void afterFiveFailuresItIsLeftAlone() {
        web.answers(500, "");
        for (int i = 0; i < CircuitBreaker.FAILURES; i++) {
            asked("a" + i);
        }
        web.answers(200, ALICE);

        assertThat(asked("b")).isEqualTo(new Unavailable());
        assertThat(web.asked()).isEqualTo(CircuitBreaker.FAILURES);
    }

    @Test
    void aSuccessForgetsTheFailuresBefore() {
        for (int i = 0; i < CircuitBreaker.FAILURES; i++) {
            web.answers(500, "");
            asked("a" + i);
            web.answers(200, ALICE);
            assertThat(asked("b" + i)).isInstanceOf(Somebody.class);
        }
    }

    @Test
    void soManyMayAwaitTheirAnswerAndNotOneMore() {
        CountDownLatch released = new CountDownLatch(1);
        web.answersAfter(released, 200, ALICE);
        List<CompletableFuture<HookAnswer>> waiting = new ArrayList<>();
        for (int i = 0; i < AuthenticationHook.MOST_ASKED; i++) {
            waiting.add(ask("a" + i));
        }
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        assertThat(ask("b")).isCompletedWithValue(new Unavailable());
        released.countDown();
        for (CompletableFuture<HookAnswer> one : waiting) {
            assertThat(one.orTimeout(30, TimeUnit.SECONDS).join()).isInstanceOf(Somebody.class);
        }
        assertThat(asked("b")).isInstanceOf(Somebody.class);
    }

    @Test
    void itLooksAtCookiesWhereItIsShownThemAndThereAreSome() {
        assertThat(hook.looksAtCookies(new DefaultHttpHeaders().add("Cookie", "a=b")))
                .isTrue();
        assertThat(hook.looksAtCookies(new DefaultHttpHeaders().add("Authorization", "Basic YQ==")))
                .isFalse();
        Hook shown = new Hook("http://localhost/", List.of("authorization"), Duration.ofSeconds(5), Duration.ZERO);
        assertThat(hook(shown).looksAtCookies(new DefaultHttpHeaders().add("Cookie", "a=b")))
                .isFalse();
    }

    private HookAnswer asked(String credentials) {
        return ask(credentials).orTimeout(30, TimeUnit.SECONDS).join();
    }

    private CompletableFuture<HookAnswer> ask(String credentials) {
        HttpHeaders headers = new DefaultHttpHeaders().add("Authorization", credentials);
        return hook.ask(headers, InetAddress.getLoopbackAddress(), "/ws");
    }

    private AuthenticationHook hook(Duration cache) {
        return hook(
                new Hook(web.uri("/").toString(), List.of("authorization", "cookie"), Duration.ofSeconds(20), cache));
    }

    private AuthenticationHook hook(Hook settings) {
        return new AuthenticationHook(settings, "roles", http, new Meters(registry, List.of()));
    }
}
