package io.sluice.gateway;

import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.logging.LogLevel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sluice serve --config FILE}: run until a signal, then drain. */
@Command(
        name = "serve",
        description = "Run the gateway.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class ServeCommand implements Callable<Integer> {

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "The YAML configuration file.")
    private @Nullable Path file;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        var errors = Main.required(spec).commandLine().getErr();
        Configuration configuration = ConfigurationFile.read(Main.required(file), errors);
        if (configuration == null) {
            return Main.USAGE;
        }
        LogLevel.apply(configuration.log().level());
        Gateway gateway;
        try {
            gateway = Gateway.start(configuration);
        } catch (IOException e) {
            errors.println("sluice: " + e.getMessage());
            return Main.FAILED;
        }
        Reload reload = new Reload(Main.required(file), gateway);
        gateway.files().watch(() -> List.of(Main.required(file).toString()), reload::run);
        Signals.on("HUP", gateway.files()::reportAll);
        try (InsecureWarning warning = new InsecureWarning()) {
            return Foreground.run(gateway, Main.required(spec).commandLine().getOut(), () -> {
                if (configuration.insecure()) {
                    warning.every(60);
                }
            });
        }
    }
}
