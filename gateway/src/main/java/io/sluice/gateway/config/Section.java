package io.sluice.gateway.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One mapping of the file while it is read. Each method reads one key: where that is absent it gives the default, where it is wrong it
 * tells so and gives the default too, so that one reading finds all problems. A key that no method asked for is unknown.
 */
final class Section {

    private final YamlNode.Mapping mapping;
    private final String path;
    private final Values values;
    private final Problems problems;
    private final Set<String> known = new TreeSet<>();

    /** @param path the way here from the root; empty for the root */
    Section(YamlNode.Mapping mapping, String path, Values values) {
        this.mapping = mapping;
        this.path = path;
        this.values = values;
        this.problems = values.problems();
    }

    boolean has(String key) {
        return mapping.entries().containsKey(key);
    }

    /** The text of {@code key}, as it is. */
    String text(String key, String absent) {
        String text = text(key);
        return text == null ? absent : text;
    }

    @Nullable
    String text(String key) {
        YamlNode node = node(key);
        return node == null ? null : values.text(node, path(key));
    }

    /** The text of {@code key}, which must be there and not be empty; else that is told, and the empty string stands for it. */
    String required(String key) {
        if (!has(key)) {
            known.add(key);
            problems.add(mapping.line(), path(key), "This key is missing: add it.");
            return "";
        }
        String text = text(key);
        if (text != null && text.isEmpty()) {
            problem(key, "The value is empty: give one.");
        }
        return text == null ? "" : text;
    }

    boolean flag(String key, boolean absent) {
        String text = text(key);
        if (text == null) {
            return absent;
        }
        if (!text.equals("true") && !text.equals("false")) {
            problem(key, "Expected true or false, found " + quoted(text) + ".");
            return absent;
        }
        return text.equals("true");
    }

    /** A whole number from {@code least} to {@code most}. */
    int number(String key, int absent, int least, int most) {
        String text = text(key);
        if (text == null) {
            return absent;
        }
        if (text.matches("\\d{1,10}") && Long.parseLong(text) >= least && Long.parseLong(text) <= most) {
            return Integer.parseInt(text);
        }
        problem(key, "Expected a whole number from %d to %d, found %s.".formatted(least, most, quoted(text)));
        return absent;
    }

    /** A duration from {@code least} to {@code most}. */
    Duration duration(String key, Duration absent, Duration least, Duration most) {
        String text = text(key);
        if (text == null) {
            return absent;
        }
        Duration duration = Units.duration(text);
        if (duration == null) {
            problem(key, "Expected a duration such as 250ms, 30s, 5m, 2h or 1d, found " + quoted(text) + ".");
            return absent;
        }
        if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
            problem(
                    key,
                    "Expected a duration from %s to %s, found %s."
                            .formatted(Units.text(least), Units.text(most), quoted(text)));
            return absent;
        }
        return duration;
    }

    /** A size in bytes from {@code least} to {@code most}. */
    long size(String key, long absent, long least, long most) {
        String text = text(key);
        if (text == null) {
            return absent;
        }
        Long size = Units.size(text);
        if (size == null) {
            problem(key, "Expected a size such as 64KiB, 1MiB or 2GiB, found " + quoted(text) + ".");
            return absent;
        }
        if (size < least || size > most) {
            problem(
                    key,
                    "Expected a size from %s to %s, found %s."
                            .formatted(Units.text(least), Units.text(most), quoted(text)));
            return absent;
        }
        return size;
    }

    /** One of {@code choices}, whose names the file writes in camel case: {@code dropOldest}. */
    <E extends Enum<E>> E choice(String key, E absent, E[] choices) {
        String text = text(key);
        if (text == null) {
            return absent;
        }
        List<String> words = Arrays.stream(choices).map(Section::word).toList();
        int choice = words.indexOf(text);
        if (choice >= 0) {
            return choices[choice];
        }
        problem(
                key,
                "Expected one of %s, found %s. The nearest is \"%s\"."
                        .formatted(String.join(", ", words), quoted(text), Nearest.of(text, words)));
        return absent;
    }

    /** A list of texts, none of them empty, each of them looked at by {@code check}, which gives what is wrong with it or null. */
    List<String> texts(String key, List<String> absent, Function<String, @Nullable String> check) {
        List<YamlNode> items = items(key);
        if (items == null) {
            return absent;
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            String itemPath = path(key) + "[" + i + "]";
            String text = values.text(items.get(i), itemPath);
            if (text == null) {
                continue;
            }
            String problem = text.isEmpty() ? "The value is empty: give one." : check.apply(text);
            if (problem == null) {
                texts.add(text);
            } else {
                problems.add(items.get(i).line(), itemPath, problem);
            }
        }
        return texts.size() == items.size() ? texts : absent;
    }

    /** A mapping under {@code key}, read by {@code reader}. */
    <T> T section(String key, T absent, Function<Section, T> reader) {
        T section = section(key, reader);
        return section == null ? absent : section;
    }

    <T> @Nullable T section(String key, Function<Section, T> reader) {
        YamlNode node = node(key);
        Section inner = node == null ? null : inner(node, path(key));
        return inner == null ? null : inner.read(reader);
    }

    /** A list of mappings, each read by {@code reader}. */
    <T> List<T> sections(String key, List<T> absent, Function<Section, T> reader) {
        List<YamlNode> items = items(key);
        if (items == null) {
            return absent;
        }
        List<T> sections = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            Section inner = inner(items.get(i), path(key) + "[" + i + "]");
            if (inner != null) {
                sections.add(inner.read(reader));
            }
        }
        return sections;
    }

    /** What {@code reader} makes of this section; keys that it did not ask for are told. */
    <T> T read(Function<Section, T> reader) {
        T read = reader.apply(this);
        for (Map.Entry<String, YamlNode.Entry> entry : mapping.entries().entrySet()) {
            if (!known.contains(entry.getKey())) {
                problems.add(
                        entry.getValue().line(),
                        path(entry.getKey()),
                        "There is no such key. The nearest is \"" + Nearest.of(entry.getKey(), known) + "\".");
            }
        }
        return read;
    }

    /** Tells what is wrong with {@code key}, on its line, or on this section's where it is absent. */
    void problem(String key, String sentence) {
        YamlNode.Entry entry = mapping.entries().get(key);
        problems.add(entry == null ? mapping.line() : entry.value().line(), path(key), sentence);
    }

    /** {@code text} in quotation marks, short and printable. */
    static String quoted(String text) {
        String cut = text.length() > 60 ? text.substring(0, 60) + "…" : text;
        return '"' + cut.replaceAll("\\p{Cntrl}", "?") + '"';
    }

    private @Nullable Section inner(YamlNode node, String at) {
        if (node instanceof YamlNode.Mapping inner) {
            return new Section(inner, at, values);
        }
        problems.add(node.line(), at, "Expected a mapping of keys to values, found " + node.kind() + ".");
        return null;
    }

    private @Nullable List<YamlNode> items(String key) {
        YamlNode node = node(key);
        if (node == null) {
            return null;
        }
        if (node instanceof YamlNode.Sequence sequence) {
            return sequence.items();
        }
        problems.add(node.line(), path(key), "Expected a list, [...], found " + node.kind() + ".");
        return null;
    }

    private @Nullable YamlNode node(String key) {
        known.add(key);
        YamlNode.Entry entry = mapping.entries().get(key);
        return entry == null ? null : entry.value();
    }

    private String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String word(Enum<?> choice) {
        StringBuilder word = new StringBuilder();
        for (String part : choice.name().toLowerCase(Locale.ROOT).split("_", -1)) {
            word.append(word.isEmpty() ? part.charAt(0) : Character.toUpperCase(part.charAt(0)))
                    .append(part, 1, part.length());
        }
        return word.toString();
    }
}
