package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.browser.Chromium;
import io.sluice.gateway.browser.Page;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The console in a browser. */
@Timeout(240)
final class ConsolePageTest {

    /** How many different heights a sparkline has. */
    private static final String HEIGHTS =
            "new Set([...document.querySelector('[data-spark=%s] polyline').points].map(point => point.y)).size";

    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    private static Node node;
    private static Chromium chromium;
    private static final List<Client> CLIENTS = new ArrayList<>();

    @BeforeAll
    static void open() {
        node = Node.start(Admin.OPERATIONS + Node.ANYBODY + """
                topics:
                  - {match: "prices.#", exchange: amq.topic, overflow: conflate}
                  - {match: "orders.#", exchange: console-missing}
                  - {match: "chat.#", exchange: amq.topic, overflow: dropOldest}
                permissions: [{subscribe: ["#"], publish: ["#"]}]
                """);
        for (String who : List.of("alice", "bob", "carol", "<b>mallory</b>")) {
            Client client = node.dial()
                    .bearer(Jwt.of(who).signed())
                    .header("Origin", "https://shop.example")
                    .open();
            client.expect("welcome");
            CLIENTS.add(client.subscribe("prices.eur.*").subscribe("chat.lobby"));
        }
        chromium = Chromium.launch();
    }

    private Page page;

    @AfterAll
    static void close() {
        CLIENTS.forEach(Client::close);
        chromium.close();
        node.close();
    }

    @BeforeEach
    void openATab() {
        page = chromium.newPage();
        page.open("http://127.0.0.1:" + node.operationsAddress().getPort() + "/console");
        page.waitFor("!document.querySelector('#enter').hidden");
    }

    @AfterEach
    void closeTheTab() {
        page.close();
    }

    @Test
    void aWrongTokenIsToldAndShowsNothing() {
        enter("guessed");

        page.waitFor("document.querySelector('#refused').textContent.includes('not the token')");
        assertThat(page.eval("document.querySelector('#node').hidden").booleanValue())
                .isTrue();
    }

    @Test
    void whatGoesOnIsSeenAtEveryWidth() throws IOException {
        enter(Admin.TOKEN);
        page.waitFor("document.querySelectorAll('#sessions tbody tr').length >= 4");
        try (BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            for (int i = 0; i < 300; i++) {
                backEnd.publish("prices.eur.usd", "{\"bid\":1." + i + "}");
                backEnd.publish("chat.lobby", "\"hello\"");
            }
            page.waitFor("document.querySelector('[data-figure=delivered]').textContent.length > 1");
            page.waitFor("document.querySelector('#topics').innerText.includes('prices.eur.usd')");
        }
        assertThat(page.text("#rules")).contains("orders.#", "does not exist");
        assertThat(page.text("#sessions")).contains("<b>mallory</b>", "https://shop.example");
        for (String figure : List.of("sessions", "received", "delivered", "dropped", "unconfirmed")) {
            page.waitFor(
                    "document.querySelector('[data-spark=%s] polyline').points.numberOfItems > 3".formatted(figure));
        }
        assertThat(page.eval(HEIGHTS.formatted("received")).intValue())
                .as("heights of the line of what came")
                .isGreaterThan(1);
        assertThat(page.eval(HEIGHTS.formatted("dropped")).intValue()).isEqualTo(1);
        assertThat(page.eval("document.querySelector('[data-spark=delivered]').getBoundingClientRect().height > 10")
                        .booleanValue())
                .isTrue();
        screenshot("desktop", Page.DESKTOP_WIDTH);
        screenshot("phone", Page.PHONE_WIDTH);
        screenshot("phone-390", 390);
        page.colorScheme("dark");
        screenshot("dark", Page.DESKTOP_WIDTH);
        page.colorScheme("light");
        assertThat(page.consoleErrors()).noneMatch(error -> !error.contains("401"));
    }

    @Test
    void aSearchFindsOneAndTheButtonDisconnectsIt() {
        Client gone = node.dial().bearer(Jwt.of("console-gone").signed()).open();
        gone.expect("welcome");
        enter(Admin.TOKEN);
        page.waitFor("!document.querySelector('#node').hidden");

        page.type("#search", "console-gone");
        page.waitFor("document.querySelectorAll('#sessions tbody tr').length === 1");
        page.click("#sessions .danger");
        page.waitFor("document.querySelector('#sure').open");
        page.click("#sure .danger");

        assertThat(gone.closed().code()).isEqualTo(4403);
        page.waitFor("document.querySelector('#sessions').hidden");
    }

    @Test
    void ofTwoHundredSessionsFiftyAreShownAndMoreWhenAsked() throws IOException {
        List<Client> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                Client client =
                        node.dial().bearer(Jwt.of("crowd-" + i).signed()).open();
                client.expect("welcome");
                crowd.add(client);
            }
            enter(Admin.TOKEN);
            page.waitFor("!document.querySelector('#node').hidden");
            page.type("#search", "crowd-");
            page.waitFor("document.querySelector('#count').textContent === '50 of 200'");
            screenshot("crowd", Page.DESKTOP_WIDTH);
            screenshot("crowd-phone", 390);

            for (int shown = 100; shown <= 200; shown += 50) {
                page.click("#more");
                page.waitFor("document.querySelector('#count').textContent === '" + shown + " of 200'");
            }

            assertThat(page.eval("document.querySelector('#more').hidden").booleanValue())
                    .isTrue();
        } finally {
            crowd.forEach(Client::close);
        }
    }

    @Test
    void whatCouldNotBeDoneIsToldUntilTheNextAttempt() {
        Client leaves = node.dial().bearer(Jwt.of("console-leaves").signed()).open();
        leaves.expect("welcome");
        enter(Admin.TOKEN);
        page.waitFor("!document.querySelector('#node').hidden");
        page.type("#search", "console-leaves");
        page.waitFor("document.querySelectorAll('#sessions tbody tr').length === 1");
        page.click("#sessions .danger");
        page.waitFor("document.querySelector('#sure').open");
        leaves.close();
        await().atMost(Client.PATIENCE)
                .until(() ->
                        new Admin(node).sessions("?principal=console-leaves").isEmpty());
        page.click("#sure .danger");

        page.waitFor("!document.querySelector('#failed').hidden");
        page.waitFor("document.querySelector('#sessions').hidden");
        assertThat(page.text("#failed")).contains("session");
    }

    @Test
    void aTapShowsMessagesAsTheyGoBy() throws IOException {
        enter(Admin.TOKEN);
        page.waitFor("!document.querySelector('#node').hidden");
        page.type("#search", "carol");
        page.waitFor("document.querySelectorAll('#sessions tbody tr').length === 1");
        page.click("#sessions .plain");
        page.waitFor("document.querySelector('#tapState').textContent === 'watching'");
        try (BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            await().atMost(Client.PATIENCE).untilAsserted(() -> {
                backEnd.publish("chat.lobby", "\"seen by nobody\"");
                assertThat(page.text("#messages")).contains("message chat.lobby");
            });
        }
        assertThat(page.text("#messages")).doesNotContain("seen by nobody");
        page.waitFor("!document.querySelector('#detail').hidden");
        assertThat(page.text("#detail"))
                .contains("carol, of tests", "https://shop.example", "prices.eur.*, by the rule prices.#");
        assertThat(page.eval("document.querySelector('#tapScope').hidden").booleanValue())
                .isTrue();
        screenshot("tap", Page.DESKTOP_WIDTH);
        screenshot("tap-phone", Page.PHONE_WIDTH);
        page.colorScheme("dark");
        screenshot("tap-dark", Page.DESKTOP_WIDTH);
        page.colorScheme("light");
        page.click("#topics tbody button");
        page.waitFor("!document.querySelector('#tapScope').hidden");
        assertThat(page.text("#tapScope")).contains("Work", "replays", "tap a session");
    }

    @Test
    void thePageLoadsNothingFromElsewhereAndMayNotBeFramed() {
        HttpResponse<String> console = node.operations("/console");

        assertThat(console.statusCode()).isEqualTo(200);
        assertThat(console.headers().firstValue("content-security-policy").orElseThrow())
                .contains("default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'");
        for (String file : List.of("/console", "/console/console.js", "/console/console.css")) {
            assertThat(node.operations(file).body().replace("http://www.w3.org/2000/svg", ""))
                    .doesNotContain("http://")
                    .doesNotContain("https://");
        }
    }

    private void enter(String token) {
        page.type("#token", token);
        page.click("#enter button");
    }

    private void screenshot(String name, int width) throws IOException {
        Files.createDirectories(SCREENSHOTS);
        page.viewport(width, 800, width == Page.PHONE_WIDTH);
        page.screenshot(SCREENSHOTS.resolve("console-" + name + ".png"));
        assertThat(page.eval("document.documentElement.scrollWidth <= innerWidth")
                        .booleanValue())
                .as("nothing is wider than the screen")
                .isTrue();
        page.viewport(Page.DESKTOP_WIDTH, 800, false);
    }
}
