package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.config.ConfigurationLoader;
import io.sluice.gateway.config.LoadResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the documents say is there is there: tests, configurations, pages and their headings, targets of make. */
final class DocumentsTest {

    private static final Path ROOT = Path.of("..");

    private static final Pattern TEST = Pattern.compile("`(\\w+Test)(?:#(\\w+))?`");
    private static final Pattern YAML = Pattern.compile("^```yaml\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern FIRST_KEY = Pattern.compile("^(\\w+):", Pattern.MULTILINE);
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)}");
    private static final Pattern LINK = Pattern.compile("]\\((?!https?:)([^)#\\s]*)(?:#([^)\\s]+))?\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ (.+)$", Pattern.MULTILINE);
    private static final Pattern MAKE = Pattern.compile("`make ([a-z0-9-]+)|^make ([a-z0-9-]+)", Pattern.MULTILINE);
    private static final Pattern TARGET = Pattern.compile("^([a-z0-9-]+):", Pattern.MULTILINE);

    /** Keys by which a file of ours can begin; other YAML is for somebody else. */
    private static final Set<String> KEYS =
            Set.of("listeners", "amqp", "origins", "authentication", "topics", "permissions", "operations", "limits");

    @Test
    void everyTestThatIsNamedIsThere() {
        Map<String, String> tests = new HashMap<>();
        for (String module : List.of("protocol", "bridge", "gateway", "bench")) {
            Path sources = ROOT.resolve(module).resolve("src/test");
            for (Path file : Files.exists(sources) ? files(sources, "Test.java") : List.<Path>of()) {
                tests.merge(name(file).replace(".java", ""), text(file), String::concat);
            }
        }
        int named = 0;
        for (Path page : pages()) {
            for (MatchResult test : TEST.matcher(text(page)).results().toList()) {
                named++;
                assertThat(tests).as("%s names it", page).containsKey(test.group(1));
                if (test.group(2) != null) {
                    assertThat(tests.get(test.group(1)))
                            .as("%s names %s", page, test.group())
                            .contains("void " + test.group(2) + "(");
                }
            }
        }
        assertThat(named).isGreaterThan(200);
    }

    static Stream<Arguments> configurations() {
        return pages().stream()
                .flatMap(page -> YAML.matcher(text(page)).results().map(block -> Arguments.of(page, block.group(1))))
                .filter(block -> isOurs((String) block.get()[1]));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("configurations")
    void everyConfigurationThatIsShownIsTaken(Path page, String yaml) {
        Map<String, String> environment = VARIABLE.matcher(yaml)
                .results()
                .map(found -> found.group(1))
                .distinct()
                .collect(Collectors.toMap(name -> name, name -> "a-value-of-thirty-two-bytes-for-" + name));

        LoadResult result = ConfigurationLoader.parse(page.toString(), yaml, environment);

        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Loaded.class);
        if (yaml.contains("origins:")) {
            assertThat(((LoadResult.Loaded) result).refusals()).isEmpty();
        }
    }

    @Test
    void everyPageAndHeadingThatIsLinkedIsThere() {
        List<String> broken = new ArrayList<>();
        for (Path page : pages()) {
            for (MatchResult link : LINK.matcher(text(page)).results().toList()) {
                Path target = link.group(1).isEmpty() ? page : page.resolveSibling(link.group(1));
                boolean there = Files.exists(target)
                        && (link.group(2) == null || headings(target).contains(link.group(2)));
                if (!there) {
                    broken.add(page + ": " + link.group());
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void everyTargetOfMakeThatIsNamedIsThere() {
        Set<String> targets = TARGET.matcher(text(ROOT.resolve("Makefile")))
                .results()
                .map(target -> target.group(1))
                .collect(Collectors.toSet());
        for (Path page : pages()) {
            Matcher named = MAKE.matcher(text(page));
            while (named.find()) {
                assertThat(targets)
                        .as("%s names it", page)
                        .contains(named.group(1) == null ? named.group(2) : named.group(1));
            }
        }
    }

    private static boolean isOurs(String yaml) {
        Matcher first = FIRST_KEY.matcher(yaml);
        return first.find() && KEYS.contains(first.group(1));
    }

    /** As they are linked to. */
    private static Set<String> headings(Path page) {
        return HEADING.matcher(text(page))
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    private static List<Path> pages() {
        List<Path> pages = new ArrayList<>(files(ROOT.resolve("docs"), ".md"));
        for (String name : List.of("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")) {
            pages.add(ROOT.resolve(name));
        }
        for (String name : List.of("protocol/README.md", "protocol/hostile-inputs.md", "bench/README.md")) {
            pages.add(ROOT.resolve(name));
        }
        return pages;
    }

    private static List<Path> files(Path directory, String end) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(end)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
