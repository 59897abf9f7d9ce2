package io.sluice.gateway.config;

/**
 * One thing that is wrong, or worth a warning, in a configuration file.
 *
 * @param file the file's name as it was given
 * @param line from 1; 0 where no line is to blame
 * @param key the way to the value, {@code topics[2].overflow}; empty where no key is to blame
 * @param sentence what is wrong and what to do
 */
public record Problem(String file, int line, String key, String sentence) {

    /** One line: {@code sluice.yaml:12: topics[2].overflow: …}. */
    @Override
    public String toString() {
        return file + (line > 0 ? ":" + line : "") + ": " + (key.isEmpty() ? "" : key + ": ") + sentence;
    }
}
