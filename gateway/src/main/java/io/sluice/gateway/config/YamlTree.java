package io.sluice.gateway.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLParser;

/** YAML text to nodes that know their lines. One document, no aliases, no key twice. */
final class YamlTree {

    private static final YAMLMapper YAML = new YAMLMapper();

    private final YAMLParser parser;
    private final Problems problems;

    private YamlTree(YAMLParser parser, Problems problems) {
        this.parser = parser;
        this.problems = problems;
    }

    /** The root of {@code yaml}; null where it is empty or no YAML, which {@code problems} then tells. */
    static @Nullable YamlNode parse(String yaml, Problems problems) {
        try (YAMLParser parser = (YAMLParser) YAML.createParser(yaml)) {
            return new YamlTree(parser, problems).document();
        } catch (JacksonException failed) {
            tell(failed, problems);
            return null;
        }
    }

    /** Jackson tells where the piece begins that is broken; the YAML parser below it tells where it broke. */
    private static void tell(JacksonException failed, Problems problems) {
        String what = failed.getOriginalMessage();
        int line = failed.getLocation() == null
                ? 0
                : Math.max(0, failed.getLocation().getLineNr());
        if (failed.getCause() instanceof MarkedYamlEngineException marked) {
            what = marked.getProblem();
            line = marked.getProblemMark().map(mark -> mark.getLine() + 1).orElse(line);
        }
        problems.add(
                line,
                "",
                "This is not correct YAML: " + what.lines().findFirst().orElse("") + ".");
    }

    private @Nullable YamlNode document() {
        JsonToken token = parser.nextToken();
        if (token == null) {
            problems.add(0, "", "The file is empty: write at least origins, topics and permissions.");
            return null;
        }
        YamlNode root = node(token, "");
        if (parser.nextToken() != null) {
            problems.add(line(), "", "The file has more than one document: remove all from the second \"---\" on.");
        }
        return root;
    }

    private YamlNode node(JsonToken token, String path) {
        int line = line();
        if (parser.isCurrentAlias()) {
            problems.add(line, path, "YAML aliases (*name) are not supported: write the value out.");
            return new YamlNode.Nothing(line);
        }
        return switch (token) {
            case START_OBJECT -> mapping(line, path);
            case START_ARRAY -> sequence(line, path);
            case VALUE_NULL -> new YamlNode.Nothing(line);
            default -> new YamlNode.Scalar(line, parser.getString());
        };
    }

    private YamlNode mapping(int line, String path) {
        Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            String keyPath = path.isEmpty() ? key : path + "." + key;
            int keyLine = line();
            problems.locate(keyPath, keyLine);
            YamlNode.Entry entry = new YamlNode.Entry(keyLine, node(parser.nextToken(), keyPath));
            YamlNode.Entry first = entries.putIfAbsent(key, entry);
            if (first != null) {
                problems.locate(keyPath, first.line());
                problems.add(
                        keyLine, keyPath, "This key stands on line " + first.line() + " already: remove one of them.");
            }
        }
        return new YamlNode.Mapping(line, entries);
    }

    private YamlNode sequence(int line, String path) {
        List<YamlNode> items = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            String itemPath = path + "[" + items.size() + "]";
            problems.locate(itemPath, line());
            items.add(node(token, itemPath));
        }
        return new YamlNode.Sequence(line, items);
    }

    private int line() {
        return parser.currentTokenLocation().getLineNr();
    }
}
