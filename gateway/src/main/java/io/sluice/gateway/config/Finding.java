package io.sluice.gateway.config;

/**
 * What a rule over a whole {@link Configuration} found.
 *
 * @param key the way to the value, {@code topics[2].overflow}
 * @param sentence what is wrong and what to do
 */
public record Finding(String key, String sentence) {}
