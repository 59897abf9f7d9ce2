package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.browser.Page;
import io.sluice.gateway.dev.EmbeddedBroker;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** As {@link DemoPageTest}, with nothing installed: the broker is the embedded one. */
@Timeout(180)
final class DevModeTest {

    @Test
    void thePageLivesOnTheEmbeddedBrokerToo() throws IOException {
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                Demo demo = Demo.open(broker.uri());
                BackEnd backEnd = BackEnd.connect(broker.uri().toString()).listen("amq.topic", "typed.#")) {
            demo.subscribe("seen.#");
            backEnd.publish("seen.first", "{\"n\": 1}");
            demo.waitForMessage("seen.first", "{\"n\":1}");
            demo.publishText("typed.here", "Hello", "ok");
            assertThat(backEnd.nextBody()).isEqualTo("Hello");
            demo.waitFor("[data-testid=price]");
            demo.page().waitFor("document.querySelectorAll('[data-testid=message]').length > 20");

            demo.screenshot("embedded", Page.PHONE_WIDTH);
            demo.screenshot("embedded", Page.DESKTOP_WIDTH);
            demo.nothingOnTheConsole();
        }
    }
}
