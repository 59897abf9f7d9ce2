package io.sluice.bridge.topic;

import java.text.Normalizer;
import org.jspecify.annotations.Nullable;

/**
 * What a topic is: words parted by dots, 1 to {@value #MAX_BYTES} bytes of UTF-8 in all, because it travels as an AMQP routing key (a
 * short string, AMQP 0-9-1, 4.2.5.3). Two topics are the same if their characters are; so that no two look the same, a topic is in
 * Unicode normalization form C and holds neither control nor invisible formatting characters.
 */
public final class Topic {

    /** Bytes of UTF-8 in a topic or a pattern. */
    public static final int MAX_BYTES = 255;

    private Topic() {}

    /** What is wrong with {@code text} as a topic, as a sentence that says what to do and repeats nothing of it; null where nothing is. */
    public static @Nullable String problem(String text) {
        String problem = textProblem(text);
        if (problem != null) {
            return problem;
        }
        for (int start = 0; start <= text.length(); ) {
            int end = wordEnd(text, start);
            if (end - start == 1 && isWildcard(text.charAt(start))) {
                return "A topic has no word * or #; only a pattern does.";
            }
            start = end + 1;
        }
        return null;
    }

    /** What is wrong with {@code text} as one word of a topic; null where nothing is. */
    public static @Nullable String wordProblem(String text) {
        return text.indexOf('.') >= 0 ? "A word of a topic has no dot." : problem(text);
    }

    /** What is wrong with {@code text} whether it is a topic or a pattern. */
    static @Nullable String textProblem(String text) {
        if (text.isEmpty()) {
            return "A topic has at least one word.";
        }
        if (text.length() > MAX_BYTES) {
            return tooLong();
        }
        int bytes = 0;
        char previous = '.';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '.' && previous == '.') {
                return emptyWord();
            }
            previous = c;
            if (c > ' ' && c < 0x7f) {
                bytes++;
                continue;
            }
            int codePoint = text.codePointAt(i);
            String problem = characterProblem(codePoint);
            if (problem != null) {
                return problem;
            }
            bytes += utf8Length(codePoint);
            i += Character.charCount(codePoint) - 1;
        }
        if (previous == '.') {
            return emptyWord();
        }
        if (bytes > MAX_BYTES) {
            return tooLong();
        }
        if (bytes > text.length() && !Normalizer.isNormalized(text, Normalizer.Form.NFC)) {
            return "A topic is in Unicode normalization form C: normalize it before it is sent.";
        }
        return null;
    }

    /** Where the word that starts at {@code start} ends: at the next dot or at the end of {@code text}. */
    static int wordEnd(String text, int start) {
        int dot = text.indexOf('.', start);
        return dot < 0 ? text.length() : dot;
    }

    private static boolean isWildcard(char c) {
        return c == '*' || c == '#';
    }

    private static @Nullable String characterProblem(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                "A topic has no control characters: remove them.";
            case Character.FORMAT ->
                "A topic has no invisible formatting characters, such as marks of writing direction: remove them.";
            case Character.SURROGATE -> "A topic has no unpaired surrogates: send well-formed Unicode.";
            default -> null;
        };
    }

    private static int utf8Length(int codePoint) {
        if (codePoint < 0x80) {
            return 1;
        }
        if (codePoint < 0x800) {
            return 2;
        }
        return codePoint < 0x10000 ? 3 : 4;
    }

    private static String emptyWord() {
        return "A topic has no empty word: no dot at its start or end, and no two in a row.";
    }

    private static String tooLong() {
        return "A topic has at most " + MAX_BYTES + " bytes of UTF-8.";
    }
}
