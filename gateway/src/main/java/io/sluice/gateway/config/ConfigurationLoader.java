package io.sluice.gateway.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the configuration file. Everything that is wrong is told at once, each with its line. */
public final class ConfigurationLoader {

    private ConfigurationLoader() {}

    /**
     * Reads {@code file}. Relative paths in it start at its directory. Blocks on the disk.
     *
     * @param environment where <code>${NAME}</code> is looked up
     */
    public static LoadResult load(Path file, Map<String, String> environment) {
        String yaml;
        try {
            yaml = Files.readString(file);
        } catch (NoSuchFileException missing) {
            return unreadable(file, "There is no such file: create it, or name another.");
        } catch (CharacterCodingException notUtf8) {
            return unreadable(file, "The file is not UTF-8: save it as UTF-8.");
        } catch (IOException failed) {
            return unreadable(file, "The file cannot be read: it must be a regular file that this user may read.");
        }
        return read(file.toString(), yaml, environment, file.toAbsolutePath().getParent());
    }

    /** Reads {@code yaml} as the content of a file called {@code name}; relative paths in it stay as they are, unchecked. */
    public static LoadResult parse(String name, String yaml, Map<String, String> environment) {
        return read(name, yaml, environment, null);
    }

    private static LoadResult read(
            String file, String yaml, Map<String, String> environment, @Nullable Path directory) {
        Problems problems = new Problems(file);
        YamlNode root = YamlTree.parse(yaml, problems);
        if (root == null) {
            return new LoadResult.Rejected(problems.inOrder());
        }
        if (!(root instanceof YamlNode.Mapping mapping)) {
            problems.add(
                    root.line(), "", "The file is not a mapping: write keys and values, such as \"origins: [...]\".");
            return new LoadResult.Rejected(problems.inOrder());
        }
        Configuration configuration =
                ConfigurationReader.read(new Section(mapping, "", new Values(environment, problems)), directory);
        if (!problems.isEmpty()) {
            return new LoadResult.Rejected(problems.inOrder());
        }
        return new LoadResult.Loaded(
                configuration,
                problems.located(Warnings.findings(configuration)),
                problems.located(ServeRules.refusals(configuration)));
    }

    private static LoadResult unreadable(Path file, String sentence) {
        return new LoadResult.Rejected(List.of(new Problem(file.toString(), 0, "", sentence)));
    }
}
