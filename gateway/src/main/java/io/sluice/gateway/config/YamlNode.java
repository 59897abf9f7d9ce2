package io.sluice.gateway.config;

import java.util.List;
import java.util.Map;

/** A piece of a YAML file with the line where it starts, from 1. */
sealed interface YamlNode {

    int line();

    /** What it is, for a sentence. */
    String kind();

    /** A single value as written; what type it has is for its reader to say. */
    record Scalar(int line, String text) implements YamlNode {
        @Override
        public String kind() {
            return "a single value";
        }
    }

    /** A key with nothing behind it, {@code null} or {@code ~}. */
    record Nothing(int line) implements YamlNode {
        @Override
        public String kind() {
            return "no value";
        }
    }

    record Sequence(int line, List<YamlNode> items) implements YamlNode {
        @Override
        public String kind() {
            return "a list";
        }
    }

    /** Keys in the order of the file. */
    record Mapping(int line, Map<String, Entry> entries) implements YamlNode {
        @Override
        public String kind() {
            return "a mapping";
        }
    }

    /** A value and the line of its key. */
    record Entry(int line, YamlNode value) {}
}
