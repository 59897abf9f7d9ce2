package io.sluice.gateway;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What {@code make build} leaves, laid out from the classes under test: {@code bin/sluice}, and a {@code lib/} that refers to them. */
final class Distribution {

    private final Path script;

    private Distribution(Path script) {
        this.script = script;
    }

    /** In {@code home}, which must be empty. */
    static Distribution in(Path home) throws IOException {
        Path bin = Files.createDirectory(home.resolve("bin"));
        Path script = Files.copy(Path.of("src/main/dist/bin/sluice"), bin.resolve("sluice"));
        if (!script.toFile().setExecutable(true)) {
            throw new IOException(script + " cannot be made executable.");
        }
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Stream.of(ServeProcess.CLASS_PATH.split(File.pathSeparator, -1))
                                .map(entry -> Path.of(entry).toUri().toString())
                                .collect(Collectors.joining(" ")));
        Path lib = Files.createDirectory(home.resolve("lib"));
        try (OutputStream file = Files.newOutputStream(lib.resolve("all.jar"));
                JarOutputStream jar = new JarOutputStream(file, manifest)) {
            jar.finish();
        }
        return new Distribution(script);
    }

    /** The command that starts it. */
    String command() {
        return script.toString();
    }
}
