package io.sluice.protocol.subprotocol.json;

import static io.sluice.protocol.subprotocol.ErrorCode.BAD_REQUEST;

import io.sluice.protocol.subprotocol.From;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the {@code from} of a subscribe. */
final class FromReader {

    private static final int MOST_LAST = 1000;

    /** RFC 3339, 5.6; digits after the ninth of a second's fraction are dropped. */
    private static final Pattern TIME =
            Pattern.compile("(\\d{4}-\\d\\d-\\d\\dT(?:[01]\\d|2[0-3]):\\d\\d:\\d\\d)(\\.\\d{1,9})?"
                    + "(?:(?<=\\.\\d{9})\\d+)?(Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)");

    static From read(Envelope envelope) {
        JsonValue value = envelope.field(Field.FROM);
        if (value == null) {
            return From.NEW;
        }
        From from = switch (value.first()) {
            case '"' -> word(value.unescaped());
            case '{' -> object(envelope, value.members());
            default -> null;
        };
        if (from == null) {
            envelope.refuse(Field.FROM);
            return From.NEW;
        }
        return from;
    }

    private static @Nullable From word(String word) {
        return switch (word) {
            case "new" -> From.NEW;
            case "first" -> From.FIRST;
            default -> null;
        };
    }

    /** Exactly one of the known members, among any others. */
    private static @Nullable From object(Envelope envelope, JsonMembers members) {
        Set<String> names = new HashSet<>();
        From start = null;
        boolean valid = true;
        while (members.next()) {
            String name = members.name().unescaped();
            if (!names.add(name)) {
                envelope.refuse(BAD_REQUEST, Envelope.DUPLICATE);
            }
            if (name.equals("last") || name.equals("time") || name.equals("position")) {
                valid &= start == null;
                start = member(name, members.value());
                valid &= start != null;
            }
        }
        return valid ? start : null;
    }

    private static @Nullable From member(String name, JsonValue value) {
        if (name.equals("last")) {
            long count = value.safeInteger();
            return count >= 1 && count <= MOST_LAST ? new From.Last((int) count) : null;
        }
        String text = value.text();
        if (text == null || name.equals("position")) {
            return text == null ? null : new From.Position(text);
        }
        Instant time = time(text);
        return time == null ? null : new From.Time(time);
    }

    private static @Nullable Instant time(String text) {
        Matcher time = TIME.matcher(text.toUpperCase(Locale.ROOT));
        try {
            return time.matches()
                    ? Instant.parse(time.group(1) + Objects.requireNonNullElse(time.group(2), "") + time.group(3))
                    : null;
        } catch (DateTimeException noSuchDay) {
            return null;
        }
    }

    private FromReader() {}
}
