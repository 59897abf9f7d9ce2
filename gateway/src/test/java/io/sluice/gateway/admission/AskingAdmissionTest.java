package io.sluice.gateway.admission;

import static io.sluice.gateway.admission.Jwt.OTHER_SECRET;
import static io.sluice.gateway.admission.Jwt.SECRET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.gateway.Authority;
import io.sluice.gateway.admission.AdmissionDecision.Admitted;
import io.sluice.gateway.admission.AdmissionDecision.AwaitAuth;
import io.sluice.gateway.admission.AdmissionDecision.Refused;
import io.sluice.gateway.admission.AdmissionDecision.RefusedAfterUpgrade;
import io.sluice.gateway.admission.TokenResult.Invalid;
import io.sluice.gateway.admission.TokenResult.Reason;
import io.sluice.gateway.admission.TokenResult.Unavailable;
import io.sluice.gateway.admission.TokenResult.Verified;
import io.sluice.gateway.config.Authentication;
import io.sluice.gateway.config.Authentication.Issuer;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.Configuration.Limits;
import io.sluice.gateway.config.Hook;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.policy.Principal;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where somebody else says who a request is from: the authentication hook, an issuer's server, or the certificate of the client. */
@Timeout(60)
class AskingAdmissionTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_000);
    private static final String ORIGIN = "https://app.example.com";
    private static final String PAYLOAD = "{\"iss\":\"id\",\"sub\":\"carol\",\"exp\":2000}";
    private static final String SIGNED = KeyPairs.token("RS256", ",\"kid\":\"a\"", PAYLOAD, KeyPairs.RSA);
    private static final String BAD = Jwt.signed(Jwt.HS256, "{\"sub\":\"eve\",\"exp\":2000}", OTHER_SECRET);
    private static final String GOOD = Jwt.signed("{\"sub\":\"alice\",\"exp\":2000}");
    private static final Issuer SECRETS = new Issuer("backend", null, List.of("HS256"), SECRET, null, null);
    private static final Principal CERTIFIED = Objects.requireNonNull(CertifiedPrincipal.of(
            new Authority().sign(builder -> builder.subject("CN=dave")).getCertificate(), "roles"));

    private Web web;
    private @Nullable Admission admission;
    private Duration timeout = Duration.ofSeconds(20);

    @BeforeEach
    void start() throws IOException {
        web = new Web();
    }

    @AfterEach
    void stop() {
        stopTheLast();
        web.close();
    }

    @Test
    void whomTheHookNamesIsAdmittedAsThat() {
        web.answers(200, "{\"subject\":\"bob\",\"roles\":[\"trader\"]}");
        Admitted admitted = (Admitted) asked(hook(false), headers("Authorization", "Basic YQ=="));

        assertThat(admitted.carrier()).isEqualTo(Carrier.HOOK);
        assertThat(admitted.principal().subject()).isEqualTo("bob");
        assertThat(admitted.principal().roles()).contains("trader");
        assertThat(web.bodies().peek())
                .contains("\"/ws\"")
                .contains("Basic YQ==")
                .contains("127.0.0.1");
    }

    @Test
    void whomTheHookDoesNotKnowIsAnonymousOrWaitsForAuth() {
        web.answers(204, "");

        assertThat(asked(hook(true), headers())).isEqualTo(new Admitted(Principal.ANONYMOUS, Carrier.NONE));
        assertThat(asked(hook(false), headers())).isEqualTo(new AwaitAuth());
    }

    @Test
    void whomTheHookForbidsIs403() {
        web.answers(403, "");
        Refused refused = (Refused) asked(hook(true), headers("Authorization", "Basic YQ=="));

        assertThat(refused.status().code()).isEqualTo(403);
        assertThat(refused.reason()).isEqualTo("hook");
        assertThat(refused.sentence()).isEqualTo("This client may not connect.");
    }

    @Test
    void whomTheHookRefusesIs401OrToldAfterTheUpgrade() {
        web.answers(401, "");
        Refused refused = (Refused) asked(hook(true), headers("Authorization", "Basic YQ=="));

        assertThat(refused.status().code()).isEqualTo(401);
        assertThat(refused.reason()).isEqualTo("hook");
        assertThat(refused.headers().get("WWW-Authenticate")).isEqualTo("Bearer error=\"invalid_token\"");
        assertThat(refused.sentence()).isEqualTo("The credentials are not accepted: get new ones.");
        assertThat(asked(hook(true), headers("Cookie", "a=b").add("Origin", ORIGIN)))
                .isEqualTo(new RefusedAfterUpgrade("hook"));
    }

    @Test
    void whereTheHookDoesNotAnswerItIs503() {
        web.answers(500, "");

        assertUnavailable(asked(hook(true), headers()));
    }

    @Test
    void aCookieIsShownToTheHookWithAListedOriginOnly() {
        web.answers(200, "{\"subject\":\"bob\"}");
        Refused refused = (Refused) asked(hook(true), headers("Cookie", "a=b"));

        assertThat(refused.status().code()).isEqualTo(403);
        assertThat(refused.reason()).isEqualTo("origin");
        assertThat(web.asked()).isZero();
        assertThat(asked(hook(true), headers("Cookie", "a=b").add("Origin", ORIGIN)))
                .isInstanceOf(Admitted.class);
        assertThat(asked(hook(true), headers())).isInstanceOf(Admitted.class);
    }

    @Test
    void whomTheHookHasRefusedTooOftenIsNotAskedAboutAgain() {
        web.answers(401, "");
        Configuration twice = configuration(true, List.of(), hookOf(), 2);
        asked(twice, headers("Authorization", "Basic YQ=="));
        again(headers("Authorization", "Basic Yg=="));

        Refused refused = (Refused) again(headers("Authorization", "Basic Yw=="));
        assertThat(refused.status().code()).isEqualTo(429);
        assertThat(refused.reason()).isEqualTo("throttled");
        assertThat(refused.headers().get("Retry-After")).isEqualTo("30");
        assertThat(web.asked()).isEqualTo(2);
    }

    @Test
    void aTokenDecidesBeforeTheHookIsAsked() {
        web.answers(200, "{\"subject\":\"bob\"}");
        Configuration both = configuration(true, List.of(SECRETS), hookOf(), 300);
        Admitted admitted = (Admitted) asked(both, headers("Authorization", "Bearer " + GOOD));

        assertThat(admitted.principal().subject()).isEqualTo("alice");
        assertThat(((Refused) again(headers("Authorization", "Bearer " + BAD))).reason())
                .isEqualTo("signature");
        assertThat(web.asked()).isZero();
    }

    @Test
    void withNoIssuerWhatLooksLikeATokenIsTheHooks() {
        web.answers(200, "{\"subject\":\"bob\"}");

        assertThat(((Admitted) asked(hook(false), headers("Authorization", "Bearer " + GOOD))).carrier())
                .isEqualTo(Carrier.HOOK);
    }

    @Test
    void aCertificateDecidesWhereThereIsNoToken() {
        Configuration tokens = configuration(true, List.of(SECRETS), hookOf(), 300);

        assertThat(admission(tokens).admit(request(headers(), CERTIFIED), NOW).join())
                .isEqualTo(new Admitted(CERTIFIED, Carrier.CERTIFICATE));
        assertThat(((Admitted) admission(tokens)
                                .admit(request(headers("Authorization", "Bearer " + GOOD), CERTIFIED), NOW)
                                .join())
                        .carrier())
                .isEqualTo(Carrier.AUTHORIZATION);
        assertThat(web.asked()).isZero();
    }

    @Test
    void whoHasSentTooManyBadTokensIsNotListenedToEvenWithAGoodOne() {
        Configuration once = configuration(true, List.of(SECRETS), null, 1);
        assertThat(((Refused) asked(once, headers("Authorization", "Bearer " + BAD))).reason())
                .isEqualTo("signature");

        Refused refused = (Refused) again(headers("Authorization", "Bearer " + GOOD));
        assertThat(refused.status().code()).isEqualTo(429);
        assertThat(refused.headers().get("Retry-After")).isEqualTo("60");
        assertThat(((Refused) again(headers("Sec-WebSocket-Protocol", "bearer." + GOOD))).reason())
                .isEqualTo("throttled");
        assertThat(authenticated(GOOD)).isEqualTo(new Invalid(Reason.THROTTLED));
        assertThat(again(headers())).isEqualTo(new Admitted(Principal.ANONYMOUS, Carrier.NONE));
    }

    @Test
    void aTokenInAMessageIsWorthWhatItIsInARequest() {
        admission(configuration(true, List.of(SECRETS), null, 300));

        assertThat(authenticated(GOOD)).isInstanceOf(Verified.class);
        assertThat(authenticated(BAD)).isEqualTo(new Invalid(Reason.SIGNATURE));
    }

    @Test
    void theKeysOfAnIssuerAreFetchedForItsFirstToken() {
        web.answers(200, keys());
        Admitted admitted = (Admitted) asked(issuer(), headers("Authorization", "Bearer " + SIGNED));

        assertThat(admitted.principal().subject()).isEqualTo("carol");
        again(headers("Authorization", "Bearer " + SIGNED));
        assertThat(web.asked()).isOne();
    }

    @Test
    void whereTheKeysCannotBeHadItIs503AndNobodysFault() {
        web.answers(500, "");
        Configuration once = configuration(false, List.of(byUri()), null, 1);

        assertUnavailable(asked(once, headers("Authorization", "Bearer " + SIGNED)));
        assertUnavailable(again(headers("Authorization", "Bearer " + SIGNED)));
        assertThat(authenticated(SIGNED)).isEqualTo(new Unavailable());
    }

    @Test
    void aTokenOfAnotherKeyIsRefusedOnceTheKeysWereFetchedForIt() {
        web.answers(200, keys());
        String unknown = KeyPairs.token("RS256", ",\"kid\":\"b\"", PAYLOAD, KeyPairs.rsa(2048));

        assertThat(((Refused) asked(issuer(), headers("Authorization", "Bearer " + unknown))).reason())
                .isEqualTo(Reason.KEY.id());
        String forged = KeyPairs.token("RS256", ",\"kid\":\"a\"", PAYLOAD, KeyPairs.rsa(2048));
        assertThat(((Refused) again(headers("Authorization", "Bearer " + forged))).reason())
                .isEqualTo(Reason.SIGNATURE.id());
    }

    @Test
    void keysThatDoNotComeInTimeAreUnavailable() {
        web.answersAfter(new CountDownLatch(1), 200, keys());
        timeout = Duration.ofMillis(200);

        assertUnavailable(asked(issuer(), headers("Authorization", "Bearer " + SIGNED)));
    }

    @Test
    void fetchedKeysAreKeptWhereTheAddressStaysAndFetchedAnewWhereItDoesNot() throws IOException {
        web.answers(200, keys());
        asked(issuer(), headers("Authorization", "Bearer " + SIGNED));

        admission(null).apply(Origins.of(issuer()), issuer());
        assertThat(again(headers("Authorization", "Bearer " + SIGNED))).isInstanceOf(Admitted.class);
        assertThat(web.asked()).isOne();

        Issuer moved =
                new Issuer("id", null, List.of("RS256"), null, web.uri("/moved").toString(), null);
        Configuration elsewhere = configuration(false, List.of(moved), null, 300);
        admission(null).apply(Origins.of(elsewhere), elsewhere);
        assertThat(again(headers("Authorization", "Bearer " + SIGNED))).isInstanceOf(Admitted.class);
        assertThat(web.asked()).isEqualTo(2);
    }

    @Test
    void aConfigurationThatCannotBeUsedChangesNothing() {
        admission(configuration(true, List.of(SECRETS), null, 300));
        Issuer broken = new Issuer("id", null, List.of("RS256"), null, null, "/no/such/file.pem");
        Configuration unusable = configuration(true, List.of(broken), null, 300);

        assertThatThrownBy(() -> admission(null).apply(Origins.of(unusable), unusable))
                .isInstanceOf(IOException.class);
        assertThat(authenticated(GOOD)).isInstanceOf(Verified.class);
    }

    @Test
    void afterTheEndNobodyIsVerifiedByAKeyOfAnotherServer() {
        web.answers(200, keys());
        admission(issuer()).close();

        assertThat(authenticated(SIGNED)).isEqualTo(new Unavailable());
    }

    private static void assertUnavailable(AdmissionDecision decision) {
        Refused refused = (Refused) decision;
        assertThat(refused.status().code()).isEqualTo(503);
        assertThat(refused.reason()).isEqualTo("unavailable");
        assertThat(refused.headers().get("Retry-After")).isEqualTo("5");
        assertThat(refused.sentence()).isEqualTo("Who this is cannot be found out now: try again later.");
    }

    private AdmissionDecision asked(Configuration configuration, HttpHeaders headers) {
        admission(configuration);
        return again(headers);
    }

    private AdmissionDecision again(HttpHeaders headers) {
        return within(admission(null).admit(request(headers, null), NOW));
    }

    private TokenResult authenticated(String token) {
        return within(admission(null).authenticate(token, InetAddress.getLoopbackAddress(), NOW));
    }

    private static <T> T within(CompletableFuture<T> decision) {
        return decision.orTimeout(30, TimeUnit.SECONDS).join();
    }

    /** A new one, in the place of the last; or the last. */
    private Admission admission(@Nullable Configuration configuration) {
        if (configuration == null) {
            return Objects.requireNonNull(admission);
        }
        stopTheLast();
        try {
            Admission made = new Admission(
                    Origins.of(configuration), configuration, new Meters(new SimpleMeterRegistry(), List.of()));
            admission = made;
            return made;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void stopTheLast() {
        if (admission != null) {
            admission.close();
        }
    }

    private Configuration hook(boolean anonymous) {
        return configuration(anonymous, List.of(), hookOf(), 300);
    }

    private Hook hookOf() {
        return new Hook(
                web.uri("/").toString(), List.of("authorization", "cookie"), Duration.ofSeconds(20), Duration.ZERO);
    }

    private Configuration issuer() {
        return configuration(false, List.of(byUri()), null, 300);
    }

    private Issuer byUri() {
        return new Issuer(
                "id", null, List.of("RS256"), null, web.uri("/jwks.json").toString(), null);
    }

    private static String keys() {
        return "{\"keys\":[" + KeyPairs.jwk(KeyPairs.RSA.getPublic(), ",\"kid\":\"a\"") + "]}";
    }

    private Configuration configuration(
            boolean anonymous, List<Issuer> issuers, @Nullable Hook hook, int authFailuresPerMinute) {
        Configuration base = Configuration.DEFAULT;
        Limits limits = Limits.DEFAULT;
        return new Configuration(
                base.listeners(),
                base.proxies(),
                base.operations(),
                base.amqp(),
                List.of(ORIGIN),
                new Authentication(anonymous, timeout, false, "", "roles", issuers, hook),
                base.topics(),
                base.permissions(),
                new Limits(
                        limits.messageBytes(),
                        limits.deliveryBytes(),
                        limits.preAuthBytes(),
                        limits.fragments(),
                        limits.headerBytes(),
                        limits.handshakeTimeout(),
                        limits.connections(),
                        limits.connectionsPerAddress(),
                        limits.connectionsPerPrincipal(),
                        authFailuresPerMinute,
                        limits.eventLoopLag(),
                        limits.subscriptionsPerSession(),
                        limits.publishesPerSecond(),
                        limits.outboundBytes(),
                        limits.outboundAge(),
                        limits.nodeOutboundBytes(),
                        limits.maxAge()),
                base.websocket(),
                base.fanout(),
                base.drain(),
                base.log(),
                false);
    }

    private static AdmissionRequest request(HttpHeaders headers, @Nullable Principal certified) {
        return new AdmissionRequest("/ws?a=b", headers, InetAddress.getLoopbackAddress(), certified);
    }

    private static HttpHeaders headers() {
        return new DefaultHttpHeaders();
    }

    private static HttpHeaders headers(String name, String value) {
        return headers().add(name, value);
    }
}
