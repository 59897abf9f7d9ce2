package io.sluice.gateway.config;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The text of single values, with what the environment puts into them. */
final class Values {

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{(?:([A-Za-z_][A-Za-z0-9_]*)(:[^}]*)?})?");

    private final Map<String, String> environment;
    private final Problems problems;

    Values(Map<String, String> environment, Problems problems) {
        this.environment = environment;
        this.problems = problems;
    }

    Problems problems() {
        return problems;
    }

    /** The text of {@code node}; null where it is no single value or names an unset variable, which is then told under {@code path}. */
    @Nullable
    String text(YamlNode node, String path) {
        if (node instanceof YamlNode.Scalar scalar) {
            return substitute(scalar, path);
        }
        String sentence = node instanceof YamlNode.Nothing
                ? "There is no value: give one, or remove the key."
                : "Expected a single value, found " + node.kind() + ".";
        problems.add(node.line(), path, sentence);
        return null;
    }

    /** What stands for a variable is not looked through again. */
    private @Nullable String substitute(YamlNode.Scalar scalar, String path) {
        Matcher matcher = VARIABLE.matcher(scalar.text());
        StringBuilder text = new StringBuilder();
        boolean complete = true;
        while (matcher.find()) {
            String value = value(matcher, scalar.line(), path);
            complete &= value != null;
            matcher.appendReplacement(text, Matcher.quoteReplacement(value == null ? "" : value));
        }
        return complete ? matcher.appendTail(text).toString() : null;
    }

    private @Nullable String value(Matcher matcher, int line, String path) {
        String name = matcher.group(1);
        if (name == null) {
            problems.add(line, path, "\"${\" begins a variable: write ${NAME} or ${NAME:default}.");
            return null;
        }
        String value = environment.get(name);
        if (value != null) {
            return value;
        }
        String fallback = matcher.group(2);
        if (fallback == null) {
            problems.add(
                    line, path, "The environment has no %s: set it, or write ${%s:default}.".formatted(name, name));
            return null;
        }
        return fallback.substring(1);
    }
}
