package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Closed;
import io.sluice.gateway.Client.Received;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, how a client shows who it is, and what becomes of the connection when that changes. */
@Timeout(120)
final class AuthenticationTest {

    private static final String RULES = """
            origins: ["https://app.example.com"]
            topics: [{match: "#", exchange: amq.topic}]
            permissions:
              - {subscribe: ["news.#"]}
              - {role: authenticated, subscribe: ["users.{sub}.#"], publish: ["chat.{sub}"]}
              - {role: trader, subscribe: ["ticker.#"]}
            """;
    private static final String ISSUER = "jwt: [{issuer: tests, algorithms: [HS256], secret: \"${SECRET}\"}]";

    /** Tokens only, and not in the query. */
    private static Node strict;

    /** Anonymous, and tokens anywhere. */
    private static Node mild;

    @BeforeAll
    static void start() {
        strict = Node.start(RULES + "authentication: {timeout: 1s, " + ISSUER + "}\n");
        mild = Node.start(
                RULES + "authentication: {anonymous: true, queryToken: true, cookie: session, " + ISSUER + "}\n");
    }

    @AfterAll
    static void stop() {
        strict.close();
        mild.close();
    }

    @Test
    void aTokenInAuthorizationIsWelcomed() {
        Jwt token = Jwt.of("alice");
        try (Client alice = strict.dial().bearer(token.signed()).open()) {
            Received welcome = alice.expect("welcome");

            assertThat(welcome.json().path("user").asString()).isEqualTo("alice");
            assertThat(Instant.parse(welcome.json().path("expires").asString()).getEpochSecond())
                    .isEqualTo(token.expires().getEpochSecond());
        }
    }

    @Test
    void aTokenAsSubprotocolIsWelcomedAndNeverEchoed() {
        String token = Jwt.of("bob").signed();
        try (Client bob =
                strict.dial().subprotocols("sluice.v1.json", "bearer." + token).open()) {
            assertThat(bob.expect("welcome").json().path("user").asString()).isEqualTo("bob");
            assertThat(bob.subprotocol()).isEqualTo("sluice.v1.json");
        }
    }

    @Test
    void aTokenInTheQueryIsLookedAtOnlyWhereTheConfigurationSaysSo() {
        String query = "access_token=" + Jwt.of("carol").signed();
        try (Client carol = mild.dial().query(query).open()) {
            assertThat(carol.expect("welcome").json().path("user").asString()).isEqualTo("carol");
        }
        try (Client nobody = strict.dial().query(query).open()) {
            assertThat(nobody.ask("{\"op\":\"ping\"}").json().path("code").asString())
                    .isEqualTo("unauthorized");
        }
    }

    @Test
    void aTokenInTheCookieCountsWithAListedOriginOnly() {
        String cookie = "a=b; session=" + Jwt.of("chris").signed();
        try (Client chris = mild.dial()
                .header("Origin", "https://app.example.com")
                .header("Cookie", cookie)
                .open()) {
            assertThat(chris.expect("welcome").json().path("user").asString()).isEqualTo("chris");
        }
        assertThat(mild.dial().header("Cookie", cookie).refusal().statusCode()).isEqualTo(403);
        for (String origin : List.of("null", "https://evil.example.com")) {
            assertThat(mild.dial()
                            .header("Origin", origin)
                            .header("Cookie", cookie)
                            .refusal()
                            .statusCode())
                    .isEqualTo(403);
        }
        try (Client refused = mild.dial()
                .header("Origin", "https://app.example.com")
                .header("Cookie", "session=x")
                .open()) {
            assertThat(refused.closed()).isEqualTo(new Closed(4401, "token invalid"));
        }
    }

    @Test
    void aTokenInTheFirstMessageIsWelcomed() {
        try (Client dave = strict.dial().open()) {
            dave.send("{\"op\":\"auth\",\"token\":\"" + Jwt.of("dave").signed() + "\"}");

            assertThat(dave.expect("welcome").json().path("user").asString()).isEqualTo("dave");
            dave.subscribe("users.dave.inbox");
        }
    }

    @Test
    void withoutATokenInTimeTheConnectionIsClosed() {
        try (Client silent = strict.dial().open()) {
            assertThat(silent.closed()).isEqualTo(new Closed(4401, "no auth in time"));
        }
    }

    @Test
    void beforeTheWelcomeEveryCommandIsUnauthorized() {
        try (Client early = strict.dial().open()) {
            for (String command : List.of(
                    "{\"op\":\"subscribe\",\"topic\":\"news.a\"}",
                    "{\"op\":\"publish\",\"topic\":\"chat.a\",\"data\":1}",
                    "{\"op\":\"ping\"}")) {
                assertThat(early.ask(command).json().path("code").asString()).isEqualTo("unauthorized");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "a.b.c", ""})
    void aTokenThatIsNoneIs401InAuthorizationAnd4401Elsewhere(String token) {
        HttpResponse<?> refusal = strict.dial().bearer(token).refusal();
        assertThat(refusal.statusCode()).isEqualTo(401);
        assertThat(refusal.headers().firstValue("www-authenticate")).hasValue("Bearer error=\"invalid_token\"");
        if (!token.isEmpty()) {
            try (Client refused = strict.dial()
                    .subprotocols("sluice.v1.json", "bearer." + token)
                    .open()) {
                assertThat(refused.closed()).isEqualTo(new Closed(4401, "token invalid"));
            }
        }
        try (Client refused = mild.dial().query("access_token=" + token).open()) {
            assertThat(refused.closed()).isEqualTo(new Closed(4401, "token invalid"));
        }
        try (Client refused = mild.dial().open()) {
            refused.expect("welcome");
            refused.send("{\"op\":\"auth\",\"token\":\"" + token + "\"}");
            assertThat(refused.closed()).isEqualTo(new Closed(4401, "token invalid"));
        }
    }

    @Test
    void aTokenThatIsForgedExpiredOrOfAnotherIssuerIsRefused() {
        Jwt token = Jwt.of("eve");
        for (String bad : List.of(
                token.signed("another secret of the same length ok"),
                token.expiring(Instant.now().minusSeconds(1)).signed(),
                token.with("iss", "others").signed(),
                token.with("nbf", Instant.now().plusSeconds(60).getEpochSecond())
                        .signed())) {
            assertThat(strict.dial().bearer(bad).refusal().statusCode()).isEqualTo(401);
        }
        assertThat(strict.metric("sluice_auth_failures_total{reason=\"expired\"}"))
                .isPositive();
    }

    @Test
    void theFirstCarrierDecidesEvenIfALaterOneWouldDo() {
        String good = Jwt.of("frank").signed();

        assertThat(mild.dial()
                        .bearer("bad")
                        .query("access_token=" + good)
                        .refusal()
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void aConnectionEndsWhenItsTokenExpires() {
        Instant soon = Instant.now().plusSeconds(3);
        try (Client grace =
                strict.dial().bearer(Jwt.of("grace").expiring(soon).signed()).open()) {
            grace.expect("welcome");
            assertThat(grace.closed()).isEqualTo(new Closed(4401, "token expired"));
            assertThat(Instant.now().getEpochSecond()).isGreaterThanOrEqualTo(soon.getEpochSecond());
        }
    }

    @Test
    void aSessionThatOnlyReceivesIsClosedWithinASecondOfItsEnd() {
        Instant end = Instant.ofEpochSecond(Instant.now().getEpochSecond() + 3);
        try (Client iris = strict.dial()
                        .bearer(Jwt.of("iris").expiring(end).signed())
                        .open();
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            iris.expect("welcome");
            iris.subscribe("users.iris.a");
            int sent = 0;
            while (iris.isOpen() && Instant.now().isBefore(end.plusSeconds(10))) {
                backEnd.publish("users.iris.a", String.valueOf(sent++));
            }
            assertThat(iris.closed()).isEqualTo(new Closed(4401, "token expired"));
            assertThat(Instant.now()).isBetween(end, end.plusSeconds(1));
            assertThat(iris.expect("message").raw("data")).isEqualTo("0");
        }
    }

    @Test
    void aRefreshKeepsTheConnectionBeyondItsFirstToken() {
        Jwt token = Jwt.of("heidi");
        try (Client heidi = strict.dial()
                        .bearer(token.expiring(Instant.now().plusSeconds(3)).signed())
                        .open();
                Client witness = strict.dial()
                        .bearer(token.expiring(Instant.now().plusSeconds(3)).signed())
                        .open()) {
            heidi.expect("welcome");
            Received ok = heidi.ask("{\"op\":\"auth\",\"token\":\"" + token.signed() + "\"}");
            assertThat(ok.op()).isEqualTo("ok");
            assertThat(Instant.parse(ok.json().path("expires").asString()).getEpochSecond())
                    .isEqualTo(token.expires().getEpochSecond());

            assertThat(witness.closed().code()).isEqualTo(4401);
            heidi.expectNothing();
        }
    }

    @Test
    void aRefreshForAnotherSubjectEndsTheConnection() {
        try (Client ivan = strict.dial().bearer(Jwt.of("ivan").signed()).open()) {
            ivan.expect("welcome");
            ivan.send("{\"op\":\"auth\",\"token\":\"" + Jwt.of("judy").signed() + "\"}");

            assertThat(ivan.closed()).isEqualTo(new Closed(4401, "a refresh keeps issuer and subject"));
        }
    }

    @Test
    void anAnonymousSessionBecomesTheTokens() {
        try (Client client = mild.connect();
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            client.subscribe("news.local");
            assertThat(code(client, "{\"op\":\"subscribe\",\"topic\":\"users.kim.a\"}"))
                    .isEqualTo("forbidden");
            assertThat(client.ask("{\"op\":\"auth\",\"token\":\""
                                    + Jwt.of("kim").signed() + "\"}")
                            .op())
                    .isEqualTo("ok");
            client.subscribe("users.kim.a");
            backEnd.publish("news.local", "1");
            backEnd.publish("users.kim.a", "2");

            assertThat(client.expect("message").raw("data")).isEqualTo("1");
            assertThat(client.expect("message").raw("data")).isEqualTo("2");
        }
    }

    @Test
    void aGrantWithSubIsForThatSubjectAlone() {
        try (Client lea = strict.dial().bearer(Jwt.of("lea").signed()).open()) {
            lea.expect("welcome");
            lea.subscribe("users.lea.#").subscribe("users.lea.inbox.*").subscribe("news.#");
            for (String other : List.of("users.max.inbox", "users.*.inbox", "users.#", "#", "ticker.eur")) {
                assertThat(code(lea, "{\"op\":\"subscribe\",\"topic\":\"" + other + "\"}"))
                        .isEqualTo("forbidden");
            }
            assertThat(code(lea, "{\"op\":\"publish\",\"topic\":\"chat.max\",\"data\":1}"))
                    .isEqualTo("forbidden");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "#", "a.b", "lea.#"})
    void aSubjectThatIsNoWordOfATopicIsGrantedNothingByIt(String subject) {
        try (Client sly = strict.dial().bearer(Jwt.of(subject).signed()).open()) {
            sly.expect("welcome");
            for (String topic : List.of("users.lea.inbox", "users.a.b.c", "users." + subject + ".x")) {
                Received answer = sly.ask("{\"op\":\"subscribe\",\"topic\":\"" + topic + "\"}");
                assertThat(answer.op()).as(answer.text()).isEqualTo("error");
            }
        }
    }

    @Test
    void oneForbiddenTopicRefusesTheWholeSubscribe() {
        try (Client mia = strict.dial().bearer(Jwt.of("mia").signed()).open();
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            mia.expect("welcome");
            assertThat(code(mia, "{\"op\":\"subscribe\",\"topics\":[\"news.mia\",\"ticker.eur\"]}"))
                    .isEqualTo("forbidden");
            mia.subscribe("news.fence");
            backEnd.publish("news.mia", "1");
            backEnd.publish("news.fence", "2");

            assertThat(mia.expect("message").raw("data")).isEqualTo("2");
        }
    }

    @Test
    void aRefreshWithFewerRightsEndsWhatIsNoLongerGranted() {
        Jwt trader = Jwt.of("nina").with("roles", List.of("trader"));
        try (Client nina = strict.dial().bearer(trader.signed()).open();
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            nina.expect("welcome");
            nina.subscribe("ticker.nina").subscribe("users.nina.a");
            nina.send("{\"op\":\"auth\",\"id\":\"r\",\"token\":\""
                    + trader.with("roles", List.of()).signed() + "\"}");

            nina.expect("ok");
            assertThat(nina.expect("unsubscribed").text())
                    .isEqualTo("{\"op\":\"unsubscribed\",\"topic\":\"ticker.nina\",\"code\":\"forbidden\"}");
            backEnd.publish("ticker.nina", "1");
            backEnd.publish("users.nina.a", "2");
            assertThat(nina.expect("message").raw("data")).isEqualTo("2");
            nina.expectNothing();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example.com",
                "http://app.example.com",
                "https://app.example.com:8443",
                "https://app.example.com.evil.org",
                "null"
            })
    void anOriginThatIsNotListedIsForbidden(String origin) {
        assertThat(mild.dial().header("Origin", origin).refusal().statusCode()).isEqualTo(403);
    }

    @Test
    void aListedOriginAndAClientThatIsNoBrowserAreLetIn() {
        try (Client browser =
                        mild.dial().header("Origin", "https://app.example.com").open();
                Client tool = mild.dial().open()) {
            browser.expect("welcome");
            tool.expect("welcome");
        }
    }

    @Test
    void aClientThatOffersOnlyUnknownSubprotocolsIsRefused() {
        assertThat(mild.dial().subprotocols("mqtt").refusal().statusCode()).isEqualTo(400);
        assertThat(mild.dial()
                        .subprotocols("bearer." + Jwt.of("olga").signed())
                        .refusal()
                        .statusCode())
                .isEqualTo(400);
    }

    private static String code(Client client, String command) {
        Received answer = client.ask(command);
        assertThat(answer.op()).as(answer.text()).isEqualTo("error");
        return answer.json().path("code").asString();
    }
}
