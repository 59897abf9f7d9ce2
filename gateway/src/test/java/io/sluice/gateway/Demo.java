package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.gateway.admission.Origins;
import io.sluice.gateway.browser.Chromium;
import io.sluice.gateway.browser.Page;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.dev.DemoPage;
import io.sluice.gateway.dev.SamplePublisher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;

/** What {@code sluice dev} runs, with a browser in front of it. */
final class Demo implements AutoCloseable {

    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    private final Gateway gateway;
    private final SamplePublisher samples;
    private final Chromium chromium;
    private final Page page;

    private Demo(Gateway gateway, SamplePublisher samples) {
        this.gateway = gateway;
        this.samples = samples;
        chromium = Chromium.launch();
        page = chromium.newPage();
    }

    /** A gateway on {@code broker} with sample events, and the page, connected. */
    static Demo open(URI broker) {
        return open(broker, DevCommand.configuration(broker, 0));
    }

    /** The same with a history, as on a private RabbitMQ. */
    static Demo openResumable(URI broker) {
        return open(broker, DevCommand.resumable(broker, 0));
    }

    private static Demo open(URI broker, Configuration configuration) {
        try {
            Gateway gateway =
                    Gateway.start(configuration, Origins.localhost(), DevCommand.resources(DemoPage.load(broker)));
            gateway.awaitReady();
            return new Demo(gateway, SamplePublisher.start(broker)).visit();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private Demo visit() {
        page.open("http://localhost:" + gateway.addresses().get(0).getPort() + "/");
        waitFor("#connection[data-state=online]");
        return this;
    }

    /** Waits until the broker is there, for publishes too. */
    void awaitBroker() {
        URI ready = URI.create("http://127.0.0.1:" + gateway.operationsAddress().getPort() + "/health/ready");
        await().atMost(Client.PATIENCE)
                .until(() -> Node.HTTP
                                .send(HttpRequest.newBuilder(ready).build(), BodyHandlers.discarding())
                                .statusCode()
                        == 200);
    }

    Page page() {
        return page;
    }

    /** Waits until something that this selector means is there. */
    void waitFor(String selector) {
        page.waitFor("document.querySelector(`" + selector + "`)");
    }

    void subscribe(String pattern) {
        page.type("#subscribe-pattern", pattern);
        page.click("#subscribe-send");
        waitFor("[data-testid=subscription][data-pattern='" + pattern + "'][data-state=live]");
    }

    /** Waits for the payload of the newest message on {@code topic} to be {@code payload}. */
    void waitForMessage(String topic, String payload) {
        page.waitFor("document.querySelector('[data-testid=message][data-topic=\"" + topic
                + "\"] .payload')?.textContent === " + "'" + payload + "'");
    }

    /** Types and publishes text, and waits for the outcome. */
    void publishText(String topic, String text, String outcome) {
        page.click("label[for=publish-text]");
        page.type("#publish-topic", topic);
        page.type("#publish-payload", text);
        page.click("#publish-send");
        waitFor("#publish-outcome[data-outcome=" + outcome + "]");
    }

    /** Writes {@code target/screenshots/NAME-WIDTH.png}, and checks that nothing sticks out at that width. */
    void screenshot(String name, int width) throws IOException {
        boolean phone = width == Page.PHONE_WIDTH;
        page.viewport(width, 800, phone);
        page.waitFor("document.documentElement.scrollWidth === " + width);
        // All of it in view: rows that are not are not painted.
        page.viewport(width, page.eval("document.documentElement.scrollHeight").intValue(), phone);
        page.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))");
        page.screenshot(Files.createDirectories(SCREENSHOTS).resolve(name + "-" + width + ".png"));
        page.viewport(width, 800, phone);
    }

    void nothingOnTheConsole() {
        assertThat(page.consoleErrors()).isEmpty();
    }

    @Override
    public void close() {
        page.close();
        chromium.close();
        samples.close();
        gateway.close();
    }
}
