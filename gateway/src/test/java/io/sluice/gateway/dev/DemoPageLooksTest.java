package io.sluice.gateway.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sluice.gateway.browser.Chromium;
import io.sluice.gateway.browser.Page;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page by itself in a real browser, served by a server that has no {@code /ws}. */
@Timeout(120)
final class DemoPageLooksTest {

    private static Chromium chromium;
    private static HttpServer server;
    private static String url;
    private Page page;

    @BeforeAll
    static void start() throws IOException {
        DemoPage files = DemoPage.load(URI.create("amqp://127.0.0.1:5672"));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> serve(files, exchange));
        server.start();
        url = "http://localhost:" + server.getAddress().getPort() + "/";
        chromium = Chromium.launch();
    }

    @AfterAll
    static void stop() {
        chromium.close();
        server.stop(0);
    }

    @BeforeEach
    void openTab() {
        page = chromium.newPage();
    }

    @AfterEach
    void closeTab() {
        page.close();
    }

    @ParameterizedTest
    @CsvSource({"360, light", "360, dark", "768, light", "1024, dark", "1280, light", "1280, dark", "1920, light"})
    void nothingOverflowsThePageAtAnyWidth(int width, String scheme) {
        page.viewport(width, 800, width < 500);
        page.colorScheme(scheme);
        page.open(url);

        assertThat(page.eval("document.documentElement.scrollWidth").intValue()).isEqualTo(width);
        assertThat(page.eval("getComputedStyle(document.documentElement).colorScheme")
                        .asString())
                .isEqualTo("light dark");
    }

    @Test
    void withoutAGatewayItSaysSoAndKeepsTrying() {
        page.open(url);

        page.waitFor("document.getElementById('connection').dataset.state === 'waiting'");
        assertThat(page.text("#connection-text")).startsWith("Connection lost, trying again");
        await().atMost(30, TimeUnit.SECONDS).until(() -> page.consoleErrors().size() >= 2);
        assertThat(page.consoleErrors()).allMatch(error -> error.contains("WebSocket connection to"));
    }

    @Test
    void everyFieldAndButtonHasAName() {
        page.open(url);

        assertThat(page.eval(
                                "[...document.querySelectorAll('input, textarea, button')].filter(e =>"
                                        + " !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim())).map(e => e.outerHTML)")
                        .toString())
                .isEqualTo("[]");
    }

    @Test
    void aFieldIsFilledByTypingAndTheKeyboardReachesTheNext() {
        page.open(url);
        page.type("#subscribe-pattern", "chat.lobby.#");
        page.press("Tab");
        assertThat(page.eval("document.activeElement.id").asString()).isEqualTo("subscribe-send");
        page.press("Enter");

        page.waitFor("document.querySelector('[data-pattern=\"chat.lobby.#\"]')");
        assertThat(page.eval("document.getElementById('subscribe-pattern').value")
                        .asString())
                .isEmpty();
        page.click("[data-testid=subscription][data-pattern='chat.lobby.#'] button");
        page.waitFor("!document.querySelector('[data-testid=subscription][data-pattern=\"chat.lobby.#\"]')");
    }

    @Test
    void thePageMatchesPatternsAsAnAmqpTopicExchangeDoes() {
        page.open(url);
        for (String line : MATCHES.lines().toList()) {
            String[] words = line.split(" ", -1);
            boolean expected = words[1].equals("matches");
            String call =
                    "import('/demo/topics.js').then(topics => topics.matches('" + words[0] + "', '" + words[2] + "'))";
            assertThat(page.eval(call).booleanValue()).as(line).isEqualTo(expected);
        }
    }

    private static final String MATCHES = """
            a.b matches a.b
            a.b misses a.c
            a.* matches a.b
            a.* misses a
            a.* misses a.b.c
            # matches a
            # matches a.b.c
            a.# matches a
            a.# matches a.b.c
            a.# misses b
            #.c matches c
            #.c matches a.b.c
            #.c misses a.b
            a.#.c matches a.c
            a.#.c matches a.b.b.c
            a.#.c misses c
            a.#.c misses a
            *.#.c matches a.c
            *.#.c misses c
            * matches a
            * misses a.b""";

    private static void serve(DemoPage files, HttpExchange exchange) throws IOException {
        try (exchange) {
            DemoPage.Resource resource = files.resource(exchange.getRequestURI().getPath());
            if (resource == null) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            resource.headers().forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(200, resource.body().length);
            exchange.getResponseBody().write(resource.body());
        }
    }
}
