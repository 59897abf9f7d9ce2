package io.sluice.gateway.config;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Keys whose value is the path of a file. */
final class PathReader {

    private final @Nullable Path directory;

    /** @param directory where relative paths start; null: they stay as they are, unchecked */
    PathReader(@Nullable Path directory) {
        this.directory = directory;
    }

    /** The path under {@code key}, which must be there and name a file that can be read. */
    String required(Section section, String key) {
        return resolved(section, key, section.required(key));
    }

    /** The same, or null where the key is absent. */
    @Nullable
    String optional(Section section, String key) {
        return section.has(key) ? required(section, key) : section.text(key);
    }

    private String resolved(Section section, String key, String text) {
        if (directory == null || text.isEmpty()) {
            return text;
        }
        Path path = directory.resolve(text);
        if (!Files.exists(path)) {
            section.problem(key, "There is no file " + quoted(path) + ": create it, or name another.");
        } else if (!Files.isReadable(path) || Files.isDirectory(path)) {
            section.problem(key, quoted(path) + " cannot be read: it must be a regular file that this user may read.");
        }
        return path.toString();
    }

    /** In full: the end of a path says more than its beginning. */
    private static String quoted(Path path) {
        return '"' + path.toString() + '"';
    }
}
