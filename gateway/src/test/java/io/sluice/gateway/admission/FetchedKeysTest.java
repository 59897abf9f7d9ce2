package io.sluice.gateway.admission;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.pkitesting.X509Bundle;
import io.sluice.gateway.Authority;
import io.sluice.gateway.admission.FetchedKeys.Refetch;
import io.sluice.gateway.metrics.Meters;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An issuer's keys over HTTP, on a clock that the test moves. */
@Timeout(60)
class FetchedKeysTest {

    private static final String A = KeyPairs.jwk(KeyPairs.RSA.getPublic(), ",\"kid\":\"a\"");
    private static final String B = KeyPairs.jwk(KeyPairs.P256.getPublic(), ",\"kid\":\"b\"");

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);
    private final BoundedHttp http = new BoundedHttp();
    private Web web;
    private FetchedKeys keys;

    @BeforeEach
    void serve() throws IOException {
        web = new Web().answers(200, jwks(A));
        keys = keys(web, http);
    }

    @AfterEach
    void close() {
        http.close();
        web.close();
    }

    @Test
    void nothingIsFetchedBeforeSomebodyAsks() {
        assertThat(keys.keys().isEmpty()).isTrue();
        assertThat(web.asked()).isZero();
    }

    @Test
    void whatWasFetchedIsKept() throws Exception {
        assertThat(fetched().knows("a")).isTrue();
        assertThat(keys.keys().knows("a")).isTrue();
        assertThat(web.asked()).isOne();
    }

    @Test
    void tenThousandUnknownKeysInHalfAMinuteAreOneFetch() throws Exception {
        fetched();
        for (int i = 0; i < 10_000; i++) {
            clock.addAndGet(Duration.ofSeconds(29).toNanos() / 10_000);
            assertThat(keys.refetch()).isInstanceOf(Refetch.NotNow.class);
        }
        assertThat(web.asked()).isOne();

        clock.addAndGet(Duration.ofSeconds(2).toNanos());
        web.answers(200, jwks(A, B));
        assertThat(fetched().knows("b")).isTrue();
        assertThat(web.asked()).isEqualTo(2);
    }

    @Test
    void whoComesWhileAFetchIsUnderWayWaitsForItAndTheirNumberIsBounded() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        web.answersAfter(released, 200, jwks(A));
        List<CompletableFuture<KeySet>> waiting = new ArrayList<>();
        for (int i = 0; i < FetchedKeys.MOST_WAITING; i++) {
            waiting.add(((Refetch.UnderWay) keys.refetch()).keys());
        }
        assertThat(keys.refetch()).isInstanceOf(Refetch.NotNow.class);
        released.countDown();

        for (CompletableFuture<KeySet> one : waiting) {
            assertThat(one.get(10, SECONDS).knows("a")).isTrue();
        }
        assertThat(web.asked()).isOne();
    }

    @Test
    void keysThatAreFiveMinutesOldAreRenewedInTheBackground() throws Exception {
        fetched();
        web.answers(200, jwks(B));
        clock.addAndGet(Duration.ofMinutes(5).toNanos() + 1);

        assertThat(keys.keys().knows("a")).isTrue();
        await().until(() -> keys.keys().knows("b"));
        assertThat(keys.keys().knows("a")).isFalse();
        assertThat(web.asked()).isEqualTo(2);
    }

    static List<Object[]> uselessAnswers() {
        return List.of(
                new Object[] {500, "", "an error"},
                new Object[] {200, "<html>", "a page"},
                new Object[] {200, "", "nothing"},
                new Object[] {200, "{\"keys\":[]}", "no key"},
                new Object[] {200, "{\"keys\":7}", "no list"},
                new Object[] {
                    200, jwks("{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"}"), "a secret"
                },
                new Object[] {200, jwks(KeyPairs.jwk(KeyPairs.RSA.getPublic(), ",\"use\":\"enc\"")), "another use"},
                new Object[] {200, jwks(KeyPairs.jwk(KeyPairs.rsa(1024).getPublic(), "")), "a small key"},
                new Object[] {200, " ".repeat(FetchedKeys.MOST_BYTES + 1), "too much"});
    }

    @ParameterizedTest(name = "{2}")
    @MethodSource("uselessAnswers")
    void anAnswerThatIsOfNoUseLeavesTheLastGoodKeys(int status, String body, String what) throws Exception {
        fetched();
        web.answers(status, body);
        clock.addAndGet(FetchedKeys.PACE_NANOS + 1);

        assertThat(fetched().knows("a")).as(what).isTrue();
        assertThat(web.asked()).isEqualTo(2);
        assertThat(keys.refetch()).isInstanceOf(Refetch.NotNow.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/other", "http://127.0.0.1:1/", "https://127.0.0.1:1/", "http://169.254.169.254/"})
    void aRedirectIsNotFollowed(String location) throws Exception {
        web.redirects(location);

        assertThat(fetched().isEmpty()).isTrue();
        assertThat(web.asked()).isOne();
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, true, true", "127.0.0.1, false, false", "other.example, true, false"})
    void keysComeOnlyFromAServerWithAGoodCertificate(String name, boolean trusted, boolean believed) throws Exception {
        Authority authority = new Authority();
        SSLContext clients = trusted ? authority.client(null) : SSLContext.getDefault();
        try (Web secure = new Web(server(authority.server(name)));
                BoundedHttp https = new BoundedHttp(clients)) {
            secure.answers(200, jwks(A));
            keys = keys(secure, https);

            assertThat(fetched().knows("a")).isEqualTo(believed);
            assertThat(secure.asked()).isEqualTo(believed ? 1 : 0);
        }
    }

    @Test
    void anAnswerWithoutEndIsCutAtItsBound() throws Exception {
        web.answersForEver();

        assertThat(fetched().isEmpty()).isTrue();
    }

    @Test
    void anAnswerThatDoesNotComeIsGivenUp() throws Exception {
        web.answersAfter(new CountDownLatch(1), 200, jwks(A));
        long begun = System.nanoTime();

        assertThat(fetched().isEmpty()).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(9));
    }

    @Test
    void asLongAsThereAreNoKeysItIsTriedSoonerAndThenLessAndLessOften() throws Exception {
        web.answers(503, "");
        List<Long> distances = new ArrayList<>();
        for (int attempt = 0; attempt < 8; attempt++) {
            fetched();
            long seconds = 0;
            while (keys.refetch() instanceof Refetch.NotNow) {
                clock.addAndGet(Duration.ofSeconds(1).toNanos());
                seconds++;
            }
            distances.add(seconds);
            await().until(() -> keys.refetch() instanceof Refetch.NotNow);
            clock.addAndGet(FetchedKeys.PACE_NANOS);
        }
        assertThat(distances).isSorted().startsWith(1L).endsWith(30L);
    }

    @Test
    void oneOfEachKindIsUnderstood() throws Exception {
        web.answers(
                200,
                jwks(
                        A,
                        B,
                        KeyPairs.jwk(KeyPairs.P384.getPublic(), ",\"kid\":\"c\",\"use\":\"sig\""),
                        KeyPairs.jwk(KeyPairs.P521.getPublic(), ",\"kid\":\"d\",\"key_ops\":[\"verify\"]"),
                        KeyPairs.jwk(KeyPairs.ED25519.getPublic(), ",\"kid\":\"e\",\"alg\":\"EdDSA\""),
                        "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"kid\":\"f\"}"));

        KeySet set = fetched();
        assertThat(List.of("a", "b", "c", "d", "e")).allMatch(set::knows);
        assertThat(set.knows("f")).as("too small").isFalse();
    }

    private KeySet fetched() throws Exception {
        Refetch refetch = keys.refetch();
        assertThat(refetch).isInstanceOf(Refetch.UnderWay.class);
        return ((Refetch.UnderWay) refetch).keys().get(15, SECONDS);
    }

    private FetchedKeys keys(Web issuer, BoundedHttp by) {
        return new FetchedKeys(
                "id", issuer.uri("/jwks.json"), by, new Meters(new SimpleMeterRegistry(), List.of()), clock::get);
    }

    private static SSLContext server(X509Bundle certificate) throws Exception {
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(certificate.toKeyManagerFactory().getKeyManagers(), null, null);
        return tls;
    }

    private static String jwks(String... keys) {
        return "{\"keys\":[" + String.join(",", keys) + "]}";
    }
}
