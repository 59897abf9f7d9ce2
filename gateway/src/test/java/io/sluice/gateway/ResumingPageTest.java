package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.browser.Page;
import io.sluice.gateway.dev.PrivateRabbit;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code sluice dev --rabbitmq}: a page that threw its connection away gets what it missed. */
@Timeout(180)
final class ResumingPageTest {

    @Test
    void aConnectionThatIsDroppedComesBackAndNothingIsMissing() throws IOException {
        try (PrivateRabbit rabbit = PrivateRabbit.start();
                Demo demo = Demo.openResumable(rabbit.uri());
                BackEnd backEnd = BackEnd.connect(rabbit.uri().toString())) {
            demo.waitFor("[data-testid=price]");
            demo.publishText("chat.lobby", "before", "ok");
            demo.waitForMessage("chat.lobby", "before");
            demo.page().click("#drop");
            demo.waitFor("#connection[data-state=waiting]");
            backEnd.publish("chat.lobby", "\"while it was away\"");
            backEnd.publish("news.local", "\"something happened\"");

            demo.waitFor("#connection[data-state=online]");
            demo.waitForMessage("chat.lobby", "\"while it was away\"");
            demo.waitForMessage("news.local", "\"something happened\"");
            demo.waitFor("[data-testid=notice][data-kind=resumed]");
            demo.page().click("#pause");
            demo.waitFor("#resumed:not([hidden])");
            assertThat(text(demo, "[data-testid=notice][data-kind=resumed] .payload"))
                    .contains("recovered: true", "Nothing is missing");
            demo.waitFor("[data-testid=message].late");
            assertThat(demo.page()
                            .eval("document.querySelectorAll('[data-testid=notice][data-kind=gap]').length")
                            .intValue())
                    .isZero();
            // Each of them once.
            assertThat(demo.page()
                            .eval("[...document.querySelectorAll('[data-topic=\"chat.lobby\"]')].length")
                            .intValue())
                    .isEqualTo(2);
            demo.screenshot("resumed", Page.PHONE_WIDTH);
            demo.screenshot("resumed", Page.DESKTOP_WIDTH);
            demo.nothingOnTheConsole();
        }
    }

    private static String text(Demo demo, String selector) {
        return demo.page()
                .eval("document.querySelector('" + selector + "').textContent")
                .asString();
    }
}
