package io.sluice.gateway.admission;

import static io.sluice.gateway.admission.Jwt.OTHER_SECRET;
import static io.sluice.gateway.admission.Jwt.SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.gateway.admission.AdmissionDecision.Admitted;
import io.sluice.gateway.admission.AdmissionDecision.AwaitAuth;
import io.sluice.gateway.admission.AdmissionDecision.Refused;
import io.sluice.gateway.admission.AdmissionDecision.RefusedAfterUpgrade;
import io.sluice.gateway.config.Authentication;
import io.sluice.gateway.config.Authentication.Issuer;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.policy.Principal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdmissionTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_000);
    private static final String GOOD = Jwt.signed("{\"sub\":\"alice\",\"exp\":2000}");
    private static final String BOB = Jwt.signed("{\"sub\":\"bob\",\"exp\":2000}");
    private static final String EXPIRED = Jwt.signed("{\"sub\":\"alice\",\"exp\":1000}");
    private static final String FORGED = Jwt.signed(Jwt.HS256, "{\"sub\":\"alice\",\"exp\":2000}", OTHER_SECRET);

    private final Deciding admission = admission(false, true, "sluice");

    @Test
    void noTokenWaitsForAuthWhereAnonymousIsNotAllowed() {
        assertThat(admission.admit("/ws", headers(), NOW)).isEqualTo(new AwaitAuth());
    }

    @Test
    void noTokenIsAnonymousWhereThatIsAllowed() {
        assertThat(admission(true, true, "").admit("/ws", headers(), NOW))
                .isEqualTo(new Admitted(Principal.ANONYMOUS, Carrier.NONE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer %s", "bearer %s", "BEARER %s", "Bearer   %s", "Bearer %s "})
    void aTokenComesInAuthorization(String value) {
        assertAdmitted("alice", Carrier.AUTHORIZATION, "/ws", headers("Authorization", value.formatted(GOOD)));
    }

    @Test
    void anotherSchemeIsNoCarrier() {
        assertThat(admission.admit("/ws", headers("Authorization", "Basic " + GOOD), NOW))
                .isEqualTo(new AwaitAuth());
        assertThat(admission.admit("/ws", headers("Authorization", "Bearer2 " + GOOD), NOW))
                .isEqualTo(new AwaitAuth());
        assertAdmitted(
                "alice", Carrier.QUERY, "/ws?access_token=" + GOOD, headers("Authorization", "Digest username=x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sluice.v1.json, bearer.%s", "bearer.%s,sluice.v1.json", "bearer.%s"})
    void aTokenComesAsSubprotocol(String value) {
        assertAdmitted("alice", Carrier.SUBPROTOCOL, "/ws", headers("Sec-WebSocket-Protocol", value.formatted(GOOD)));
    }

    @Test
    void aTokenComesAsSubprotocolInAHeaderOfItsOwn() {
        HttpHeaders headers = headers("Sec-WebSocket-Protocol", "sluice.v1.json");

        assertAdmitted("alice", Carrier.SUBPROTOCOL, "/ws", headers.add("sec-websocket-protocol", "bearer." + GOOD));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws?access_token=%s", "/ws?a=b&access_token=%s&c=d"})
    void aTokenComesInTheQueryWhereThatIsAllowed(String uri) {
        String target = uri.formatted(GOOD.replace(".", "%2E"));

        assertAdmitted("alice", Carrier.QUERY, target, headers());
        assertThat(admission(false, false, "").admit(target, headers(), NOW)).isEqualTo(new AwaitAuth());
    }

    @Test
    void aTokenComesInTheCookieWithAListedOriginOnly() {
        HttpHeaders cookie = headers("Cookie", "a=b; sluice=" + GOOD + "; c=d");

        assertThat(((Refused) admission.admit("/ws", cookie, NOW)).status().code())
                .isEqualTo(403);
        assertAdmitted("alice", Carrier.COOKIE, "/ws", cookie.add("Origin", "https://app.example.com"));
        assertThat(admission(false, true, "").admit("/ws", cookie, NOW)).isEqualTo(new AwaitAuth());
    }

    @Test
    void theFirstCarrierThatIsPresentDecides() {
        HttpHeaders all = headers("Authorization", "Bearer " + GOOD)
                .add("Sec-WebSocket-Protocol", "bearer." + BOB)
                .add("Cookie", "sluice=" + BOB);
        assertAdmitted("alice", Carrier.AUTHORIZATION, "/ws?access_token=" + BOB, all);

        HttpHeaders three = headers("Sec-WebSocket-Protocol", "bearer." + GOOD).add("Cookie", "sluice=" + BOB);
        assertAdmitted("alice", Carrier.SUBPROTOCOL, "/ws?access_token=" + BOB, three);

        assertAdmitted("alice", Carrier.QUERY, "/ws?access_token=" + GOOD, headers("Cookie", "sluice=" + BOB));
    }

    @Test
    void aBadTokenIsNoReasonToLookFurther() {
        HttpHeaders headers =
                headers("Authorization", "Bearer " + EXPIRED).add("Sec-WebSocket-Protocol", "bearer." + GOOD);

        assertThat(((Refused) admission.admit("/ws?access_token=" + GOOD, headers, NOW)).reason())
                .isEqualTo("expired");
        assertThat(admission.admit("/ws?access_token=" + GOOD, headers("Sec-WebSocket-Protocol", "bearer.x"), NOW))
                .isInstanceOf(RefusedAfterUpgrade.class);
    }

    @Test
    void aBadTokenIsRefusedEvenWhereAnonymousIsAllowed() {
        assertThat(admission(true, true, "").admit("/ws", headers("Authorization", "Bearer " + FORGED), NOW))
                .isInstanceOf(Refused.class);
    }

    @Test
    void aBadTokenInAuthorizationIsAnsweredWith401() {
        Refused refused = (Refused) admission.admit("/ws", headers("Authorization", "Bearer " + FORGED), NOW);

        assertThat(refused.status().code()).isEqualTo(401);
        assertThat(refused.headers().get("WWW-Authenticate")).isEqualTo("Bearer error=\"invalid_token\"");
        assertThat(refused.reason()).isEqualTo("signature");
        assertThat(refused.sentence())
                .isEqualTo("The signature of the token does not fit: check the key it is signed with.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer", "Bearer ", "Bearer a b", "bearer \t"})
    void anEmptyOrTornBearerIsABadToken(String value) {
        assertThat(((Refused) admission.admit("/ws", headers("Authorization", value), NOW))
                        .status()
                        .code())
                .isEqualTo(401);
    }

    @Test
    void aBadTokenFromABrowserIsAnsweredAfterTheUpgrade() {
        RefusedAfterUpgrade expired = new RefusedAfterUpgrade("expired");

        assertThat(admission.admit("/ws", headers("Sec-WebSocket-Protocol", "sluice.v1.json, bearer." + EXPIRED), NOW))
                .isEqualTo(expired);
        assertThat(admission.admit("/ws?access_token=" + EXPIRED, headers(), NOW))
                .isEqualTo(expired);
        assertThat(admission.admit(
                        "/ws", headers("Cookie", "sluice=" + EXPIRED).add("Origin", "https://app.example.com"), NOW))
                .isEqualTo(expired);
    }

    @Test
    void twoTokensInOneCarrierAreABadToken() {
        HttpHeaders twice = headers("Authorization", "Bearer " + GOOD).add("Authorization", "Bearer " + GOOD);

        assertThat(admission.admit("/ws", twice, NOW)).isInstanceOf(Refused.class);
        assertThat(admission.admit("/ws", headers("Sec-WebSocket-Protocol", "bearer." + GOOD + ",bearer." + BOB), NOW))
                .isInstanceOf(RefusedAfterUpgrade.class);
        assertThat(admission.admit("/ws?access_token=" + GOOD + "&access_token=" + BOB, headers(), NOW))
                .isInstanceOf(RefusedAfterUpgrade.class);
        assertThat(admission.admit(
                        "/ws",
                        headers("Cookie", "sluice=" + GOOD + "; sluice=" + BOB)
                                .add("Origin", "https://app.example.com"),
                        NOW))
                .isInstanceOf(RefusedAfterUpgrade.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws?access_token=%zz", "/ws?access_token=%e", "/ws?access_token=", "/ws?access_token=%00"})
    void aTornQueryIsABadToken(String uri) {
        assertThat(admission.admit(uri, headers(), NOW)).isEqualTo(new RefusedAfterUpgrade("malformed"));
    }

    @Test
    void anOriginThatIsNotListedIsRefusedBeforeTheTokenIsLookedAt() {
        HttpHeaders headers = headers("Authorization", "Bearer " + GOOD).add("Origin", "https://evil.io");
        Refused refused = (Refused) admission.admit("/ws", headers, NOW);

        assertThat(refused.status().code()).isEqualTo(403);
        assertThat(refused.reason()).isEqualTo("origin");
        assertThat(refused.sentence()).doesNotContain("evil.io");
    }

    @Test
    void noDecisionHoldsTheToken() {
        for (HttpHeaders headers : List.of(
                headers("Authorization", "Bearer " + GOOD),
                headers("Authorization", "Bearer " + EXPIRED),
                headers("Sec-WebSocket-Protocol", "bearer." + EXPIRED))) {
            assertThat(admission.admit("/ws", headers, NOW).toString()).doesNotContain("eyJ");
        }
        assertThat(new Carriers.Carried(Carrier.QUERY, GOOD)).hasToString("Carried[QUERY]");
    }

    private void assertAdmitted(String subject, Carrier carrier, String uri, HttpHeaders headers) {
        AdmissionDecision decision = admission.admit(uri, headers, NOW);
        assertThat(decision).isInstanceOf(Admitted.class);
        assertThat(((Admitted) decision).principal().subject()).isEqualTo(subject);
        assertThat(((Admitted) decision).carrier()).isEqualTo(carrier);
    }

    private static Deciding admission(boolean anonymous, boolean queryToken, String cookie) {
        Configuration base = Configuration.DEFAULT;
        Issuer issuer = new Issuer("backend", null, List.of("HS256"), SECRET, null, null);
        Configuration configuration = new Configuration(
                base.listeners(),
                base.proxies(),
                base.operations(),
                base.amqp(),
                List.of("https://app.example.com"),
                new Authentication(
                        anonymous, Duration.ofSeconds(10), queryToken, cookie, "roles", List.of(issuer), null),
                base.topics(),
                base.permissions(),
                base.limits(),
                base.websocket(),
                base.fanout(),
                base.drain(),
                base.log(),
                false);
        try {
            return new Deciding(new Admission(
                    Origins.of(configuration), configuration, new Meters(new SimpleMeterRegistry(), List.of())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where a secret signs, everything is decided before {@link Admission#admit} returns. */
    private record Deciding(Admission admission) {

        AdmissionDecision admit(String uri, HttpHeaders headers, Instant now) {
            CompletableFuture<AdmissionDecision> decision =
                    admission.admit(new AdmissionRequest(uri, headers, InetAddress.getLoopbackAddress(), null), now);
            assertThat(decision).isCompleted();
            return decision.join();
        }
    }

    private static HttpHeaders headers() {
        return new DefaultHttpHeaders();
    }

    private static HttpHeaders headers(String name, String value) {
        return headers().add(name, value);
    }
}
