package io.sluice.gateway.admission;

import static io.sluice.gateway.admission.Origins.Check.ABSENT;
import static io.sluice.gateway.admission.Origins.Check.LISTED;
import static io.sluice.gateway.admission.Origins.Check.REFUSED;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.ConfigurationLoader;
import io.sluice.gateway.config.LoadResult;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {

    private static final Origins ORIGINS =
            origins("origins: [\"https://app.example.com\", \"http://localhost:3000\", \"https://Upper.Example\"]");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://app.example.com",
                "https://app.example.com:443",
                "HTTPS://app.example.com",
                "https://APP.example.com",
                "http://localhost:3000",
                "https://upper.example"
            })
    void aListedOriginIsComparedByItsCanonicalForm(String origin) {
        assertThat(ORIGINS.check(header(origin))).isEqualTo(LISTED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "",
                "*",
                "https://app.example.com.evil.io",
                "https://evilapp.example.com",
                "https://evil.io/https://app.example.com",
                "https://example.com",
                "https://sub.app.example.com",
                "http://app.example.com",
                "wss://app.example.com",
                "https://app.example.com:8443",
                "https://app.example.com:80",
                "https://app.example.com.",
                "https://app.example.com/",
                "https://app.example.com#",
                "https://app.example.com?",
                "https://app.example.com@evil.io",
                "https://a:b@app.example.com",
                "https://a:b",
                "https://app.example.com https://evil.io",
                "https://app.example.com, https://evil.io",
                "https://app-example.com",
                "https://app.example.com\\@evil.io",
                "https://app.ex\u0430mple.com",
                "http://localhost",
                "http://localhost:30000",
                "app.example.com",
                "//app.example.com",
                "https:app.example.com",
                "https://"
            })
    void anyOtherOriginIsRefused(String origin) {
        assertThat(ORIGINS.check(header(origin))).isEqualTo(REFUSED);
    }

    @Test
    void noOriginIsNoBrowser() {
        assertThat(ORIGINS.check(new DefaultHttpHeaders())).isEqualTo(ABSENT);
    }

    @Test
    void twoOriginsAreRefusedEvenIfBothAreListed() {
        HttpHeaders headers = header("https://app.example.com").add("origin", "https://app.example.com");

        assertThat(ORIGINS.check(headers)).isEqualTo(REFUSED);
        assertThat(origins("insecure: true").check(headers)).isEqualTo(REFUSED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"insecure: true", "{insecure: true, origins: [\"*\"]}"})
    void insecureWithNoListLetsEveryOriginIn(String yaml) {
        assertThat(origins(yaml).check(header("https://evil.io"))).isEqualTo(LISTED);
        assertThat(origins(yaml).check(header("null"))).isEqualTo(LISTED);
        assertThat(origins(yaml).check(new DefaultHttpHeaders())).isEqualTo(ABSENT);
    }

    @Test
    void insecureWithAListKeepsToTheList() {
        Origins origins = origins("{insecure: true, origins: [\"https://a.example\"]}");

        assertThat(origins.check(header("https://a.example"))).isEqualTo(LISTED);
        assertThat(origins.check(header("https://evil.io"))).isEqualTo(REFUSED);
    }

    @Test
    void everyOriginNeedsInsecure() {
        assertThat(origins("origins: [\"*\"]").check(header("https://evil.io"))).isEqualTo(REFUSED);
        assertThat(origins("insecure: false").check(header("https://evil.io"))).isEqualTo(REFUSED);
    }

    @Test
    void localhostIsThisMachineOnAnyPort() {
        Origins localhost = Origins.localhost();

        assertThat(localhost.check(header("http://localhost:5173"))).isEqualTo(LISTED);
        assertThat(localhost.check(header("http://127.0.0.1:8080"))).isEqualTo(LISTED);
        assertThat(localhost.check(header("https://[::1]"))).isEqualTo(LISTED);
        assertThat(localhost.check(header("http://localhost.evil.io"))).isEqualTo(REFUSED);
        assertThat(localhost.check(header("http://127.0.0.1.evil.io"))).isEqualTo(REFUSED);
        assertThat(localhost.check(header("null"))).isEqualTo(REFUSED);
    }

    private static Origins origins(String yaml) {
        Configuration configuration =
                ((LoadResult.Loaded) ConfigurationLoader.parse("f", yaml, Map.of())).configuration();
        return Origins.of(configuration);
    }

    private static HttpHeaders header(String origin) {
        return new DefaultHttpHeaders().add("Origin", origin);
    }
}
