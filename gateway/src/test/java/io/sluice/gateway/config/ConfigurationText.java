package io.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;

/** A configuration file as a text, read with an environment of these tests. */
final class ConfigurationText {

    static final Map<String, String> ENVIRONMENT =
            Map.of("SECRET", "0123456789abcdef0123456789abcdef", "EMPTY", "", "NESTED", "${SECRET}", "PORT", "8081");

    private ConfigurationText() {}

    static Configuration loaded(String yaml) {
        LoadResult result = ConfigurationLoader.parse("sluice.yaml", yaml, ENVIRONMENT);
        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        return ((LoadResult.Loaded) result).configuration();
    }

    static List<Problem> rejected(String yaml) {
        LoadResult result = ConfigurationLoader.parse("sluice.yaml", yaml, ENVIRONMENT);
        assertThat(result).isInstanceOf(LoadResult.Rejected.class);
        return ((LoadResult.Rejected) result).problems();
    }

    static List<String> problems(String yaml) {
        return rejected(yaml).stream().map(Problem::toString).toList();
    }
}
