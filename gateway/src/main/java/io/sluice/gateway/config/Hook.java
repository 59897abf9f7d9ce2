package io.sluice.gateway.config;

import java.time.Duration;
import java.util.List;

/**
 * A back end that says who a request is from.
 *
 * @param url where it is asked, by POST
 * @param headers those of the request that it is shown, by their names in lower case
 * @param timeout of one answer
 * @param cache how long an answer holds for the same question; zero: not at all
 */
public record Hook(String url, List<String> headers, Duration timeout, Duration cache) {

    /** What {@code headers}, {@code timeout} and {@code cache} are where they are not told. */
    public static final Hook DEFAULT =
            new Hook("", List.of("authorization", "cookie"), Duration.ofSeconds(2), Duration.ofSeconds(10));

    public Hook {
        headers = List.copyOf(headers);
    }
}
