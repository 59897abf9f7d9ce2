package io.sluice.gateway;

import io.sluice.gateway.admission.Mint;
import io.sluice.gateway.config.Units;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sluice token}: mint a token for trying things. */
@Command(
        name = "token",
        description = "Mint an HS256 token for trying things.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class TokenCommand implements Callable<Integer> {

    private static final int SECRET_BYTES = 32;

    @Option(names = "--secret", required = true, description = "The issuer's secret, 32 bytes at least.")
    private @Nullable String secret;

    @Option(names = "--subject", required = true, description = "Who the token is for: its sub claim.")
    private @Nullable String subject;

    @Option(
            names = "--claim",
            paramLabel = "K=V",
            description =
                    "A further claim, such as iss=backend, aud=sluice or roles=trader,admin (a comma makes a list).")
    private Map<String, String> claims = new LinkedHashMap<>();

    @Option(
            names = "--expires",
            defaultValue = "1h",
            paramLabel = "DURATION",
            description = "How long it is valid: 30s, 5m, 1h. Default: ${DEFAULT-VALUE}.")
    private String expires = "1h";

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() {
        CommandLine line = Main.required(spec).commandLine();
        Duration lifetime = Units.duration(expires);
        if (lifetime == null || lifetime.isZero()) {
            throw new CommandLine.ParameterException(line, "--expires: write a duration such as 30s, 5m or 1h.");
        }
        if (Main.required(secret).getBytes(StandardCharsets.UTF_8).length < SECRET_BYTES) {
            throw new CommandLine.ParameterException(line, "--secret: HS256 needs 32 bytes at least.");
        }
        Map<String, Object> values = new LinkedHashMap<>();
        claims.forEach((name, value) -> values.put(name, value.contains(",") ? List.of(value.split(",", -1)) : value));
        line.getOut()
                .println(Mint.token(
                        Main.required(secret),
                        Main.required(subject),
                        values,
                        Instant.now().plus(lifetime)));
        return Main.DONE;
    }
}
