package io.sluice.gateway;

import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.ConfigurationLoader;
import io.sluice.gateway.config.LoadResult;
import io.sluice.gateway.config.Problem;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The configuration file of a command, and what is told about it. */
final class ConfigurationFile {

    private ConfigurationFile() {}

    /** Reads {@code file}; null where it is not fit for use, after each problem was printed on a line of its own. */
    static @Nullable Configuration read(Path file, PrintWriter errors) {
        LoadResult result = ConfigurationLoader.load(file, System.getenv());
        if (result instanceof LoadResult.Loaded loaded) {
            print(loaded.warnings(), "warning: ", errors);
            print(loaded.refusals(), "", errors);
            return loaded.refusals().isEmpty() ? loaded.configuration() : null;
        }
        print(((LoadResult.Rejected) result).problems(), "", errors);
        return null;
    }

    private static void print(List<Problem> problems, String prefix, PrintWriter errors) {
        problems.forEach(problem -> errors.println(prefix + problem));
        errors.flush();
    }
}
