package io.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginTest {

    @ParameterizedTest
    @CsvSource({
        "https://app.example.com, https, app.example.com, 443",
        "HTTPS://App.Example.COM, https, app.example.com, 443",
        "http://a:80, http, a, 80",
        "http://a:8080, http, a, 8080",
        "http://[::1]:3000, http, [::1], 3000",
        "https://a., https, a., 443",
        "chrome-extension://abcdef, chrome-extension, abcdef, -1"
    })
    void anOriginIsSchemeHostAndPort(String text, String scheme, String host, int port) {
        assertThat(Origin.parse(text)).isEqualTo(new Origin(scheme, host, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "*",
                "app.example.com",
                "https://",
                "https://a/",
                "https://a?b",
                "https://a#b",
                "https://u@a",
                "https://u:p@a",
                "https://a:",
                "https://a:x",
                "https://a:65536",
                "https://a:0443",
                "https://a:-1",
                " https://a",
                "https://a ",
                "https://a https://b",
                "https://a,https://b",
                "https://b\u00fccher.example",
                "https://a\n",
                "//a",
                "https:a",
                "https://[a",
                "https://a\\b",
                "https://a%2eb"
            })
    void anythingElseIsNoOrigin(String text) {
        assertThat(Origin.parse(text)).isNull();
    }

    @Test
    void aVeryLongTextIsNoOrigin() {
        assertThat(Origin.parse("https://" + "a".repeat(10_000))).isNull();
    }

    @Test
    void onlyLoopbackNamesAreLocal() {
        assertThat(Origin.parse("http://localhost:3000")).matches(origin -> origin != null && origin.local());
        assertThat(Origin.parse("https://127.0.0.1")).matches(origin -> origin != null && origin.local());
        assertThat(Origin.parse("http://[::1]")).matches(origin -> origin != null && origin.local());
        assertThat(Origin.parse("http://localhost.evil.example")).matches(origin -> origin != null && !origin.local());
        assertThat(Origin.parse("ftp://localhost")).matches(origin -> origin != null && !origin.local());
    }
}
