package io.sluice.gateway.dev;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DemoPageResourcesTest {

    private final DemoPage page = DemoPage.load(URI.create("amqp://guest:s3cret@127.0.0.1:5672/%2f"));

    @ParameterizedTest
    @CsvSource({
        "/, text/html; charset=utf-8",
        "/demo.css, text/css; charset=utf-8",
        "/demo.js, text/javascript; charset=utf-8",
        "/demo/connection.js, text/javascript; charset=utf-8",
        "/favicon.svg, image/svg+xml",
    })
    void aFileIsServedWithItsTypeAndNoOther(String path, String type) {
        DemoPage.Resource resource = Objects.requireNonNull(page.resource(path));

        assertThat(resource.contentType()).isEqualTo(type);
        assertThat(resource.headers())
                .containsEntry("x-content-type-options", "nosniff")
                .containsEntry("cache-control", "no-cache");
        assertThat(resource.headers().get("content-security-policy"))
                .startsWith("default-src 'none'; script-src 'self'; style-src 'self'")
                .doesNotContain("unsafe");
        assertThat(resource.body()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/index.html", "/demo", "/demo/", "/broker.json", "/demo/../broker.json", "//", "/?x", "/ws"
            })
    void everythingElseIsNotThere(String path) {
        assertThat(page.resource(path)).isNull();
    }

    @Test
    void whatThePageAsksForIsThere() {
        var references = Pattern.compile("(?:src=\"|href=\"|from '\\.?|url\\()(/[^\"')]+)");
        for (String path : new String[] {"/", "/demo.css", "/demo.js"}) {
            assertThat(references.matcher(text(path)).results().map(reference -> reference.group(1)))
                    .isNotEmpty()
                    .allSatisfy(
                            reference -> assertThat(page.resource(reference)).isNotNull());
        }
    }

    @Test
    void nothingIsInlineAndNothingComesFromElsewhere() {
        assertThat(text("/"))
                .doesNotContain("<style", "style=\"", "onclick", "http://", "https://")
                .doesNotContainPattern("<script[^>]*>[^<]");
    }

    @Test
    void theBrokersAddressIsShownWithoutItsPassword() {
        assertThat(text("/")).contains("<code>amqp://127.0.0.1:5672/%2f</code>").doesNotContain("s3cret", "{{");
    }

    @Test
    void theBrokersAddressCannotBreakTheMarkup() {
        DemoPage odd = DemoPage.load(URI.create("amqp://localhost/a&b'c"));

        assertThat(new String(Objects.requireNonNull(odd.resource("/")).body(), UTF_8))
                .contains("amqp://localhost/a&amp;b'c</code>");
    }

    private String text(String path) {
        return new String(Objects.requireNonNull(page.resource(path)).body(), UTF_8);
    }
}
