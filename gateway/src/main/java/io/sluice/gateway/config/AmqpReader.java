package io.sluice.gateway.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.gateway.config.Amqp.AmqpTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section {@code amqp}. */
final class AmqpReader {

    private AmqpReader() {}

    static Amqp amqp(Section section, PathReader files) {
        List<String> uris = section.texts("uris", Amqp.DEFAULT.uris(), AmqpUri::problem);
        if (uris.isEmpty()) {
            section.problem("uris", "The list is empty: give at least one URI.");
        }
        String passwordFile = files.optional(section, "passwordFile");
        String password = passwordFile == null ? null : password(section, passwordFile);
        AmqpTls tls = section.section("tls", inner -> tls(inner, files));
        if (tls != null && uris.stream().noneMatch(AmqpUri::isTls)) {
            section.problem("tls", "None of the uris begins with amqps://: write amqps, or remove tls.");
        }
        return new Amqp(
                password == null
                        ? uris
                        : uris.stream()
                                .map(uri -> AmqpUri.withPassword(uri, password))
                                .toList(),
                // The field of AMQP 0-9-1 (connection.tune) has 16 bits of seconds.
                section.duration("heartbeat", Amqp.DEFAULT.heartbeat(), Duration.ofSeconds(1), Duration.ofHours(18)),
                tls,
                section.text("control", Amqp.DEFAULT.control()),
                section.text("events", Amqp.DEFAULT.events()));
    }

    private static AmqpTls tls(Section section, PathReader files) {
        if (!section.has("ca") && !section.has("certificate")) {
            section.problem(
                    "ca", "Give the file with the broker's CA, a certificate and key of this gateway, or both.");
        }
        boolean certified = section.has("certificate") || section.has("key");
        return new AmqpTls(files.optional(section, "ca"), certified ? TlsReader.certificate(section, files) : null);
    }

    /** The first line, as editors and secret stores end a file with one; null where it cannot be had, which is then told. */
    private static @Nullable String password(Section section, String file) {
        try {
            String text = Files.readString(Path.of(file), UTF_8);
            String password = text.lines().findFirst().orElse("");
            if (!password.isEmpty()) {
                return password;
            }
            section.problem("passwordFile", "The file is empty: write the password into it.");
        } catch (IOException unreadable) {
            section.problem("passwordFile", "The file cannot be read as UTF-8 text.");
        }
        return null;
    }
}
