package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.browser.Page;
import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The first look: a browser, the gateway and a RabbitMQ, as a person sees them who typed {@code sluice dev --amqp URI}. */
@Timeout(240)
final class DemoPageTest {

    private static final TestBroker BROKER = OwnBroker.running();

    private static Demo demo;

    @BeforeAll
    static void open() {
        demo = Demo.open(URI.create(BROKER.uri()));
    }

    @AfterAll
    static void close() {
        demo.close();
    }

    @AfterEach
    void nothingOnTheConsole() {
        demo.nothingOnTheConsole();
    }

    @Test
    void whatABackEndPublishesIsSeen() {
        demo.subscribe("seen.#");
        try (BackEnd backEnd = BackEnd.connect(BROKER.uri())) {
            backEnd.publish("seen.first", "{\"n\": 1}");
            demo.waitForMessage("seen.first", "{\"n\":1}");
            backEnd.publish("seen.first", "just <b>text</b>");
            demo.waitForMessage("seen.first", "just <b>text</b>");
        }
    }

    @Test
    void whatIsTypedReachesTheBackEnd() throws IOException {
        try (BackEnd backEnd = BackEnd.connect(BROKER.uri()).listen("amq.topic", "typed.#")) {
            demo.publishText("typed.here", "Grüße 😀", "ok");

            assertThat(backEnd.nextBody()).isEqualTo("Grüße 😀");
        }
    }

    @Test
    void theSampleEventsLiveOnThePageAtEveryWidth() throws IOException {
        demo.waitFor("[data-testid=price]");
        demo.waitFor("[data-testid=message][data-topic^='prices.']");
        demo.page().waitFor("document.querySelectorAll('[data-testid=message]').length > 20");

        demo.screenshot("rabbitmq", Page.PHONE_WIDTH);
        demo.screenshot("rabbitmq", Page.DESKTOP_WIDTH);
    }

    @Test
    void aRestartOfTheBrokerIsAGapOnAPageThatStaysConnected() throws IOException {
        demo.subscribe("restarted.#");
        demo.page().eval("window.sameDocument = true");
        demo.page()
                .eval("new MutationObserver(() => window.wentOffline = true)"
                        + ".observe(document.getElementById('connection'), {attributeFilter: ['data-state']})");
        BROKER.stop();
        demo.publishText("restarted.none", "lost", "error");
        BROKER.start();

        demo.awaitBroker();
        demo.waitFor("[data-testid=notice][data-kind=gap]");
        try (BackEnd backEnd = BackEnd.connect(BROKER.uri())) {
            backEnd.publish("restarted.again", "\"here\"");
        }
        demo.waitForMessage("restarted.again", "\"here\"");
        demo.publishText("restarted.too", "back", "ok");
        assertThat(demo.page().eval("window.sameDocument").booleanValue()).isTrue();
        assertThat(demo.page().eval("!!window.wentOffline").booleanValue()).isFalse();
        demo.screenshot("gap", Page.PHONE_WIDTH);
        demo.screenshot("gap", Page.DESKTOP_WIDTH);
    }
}
