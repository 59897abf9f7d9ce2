package io.sluice.gateway.logging;

/**
 * What would not stay in its line, or would not look as it is: controls (line feeds, escape sequences of terminals), separators of lines,
 * invisible characters and those that turn the direction of text (Unicode categories Cc, Cf, Zl, Zp, Cs). Each becomes the escape that
 * JSON has for it.
 */
final class Escapes {

    private Escapes() {}

    /** Gives {@code text} itself where there is nothing to escape. */
    static String escape(String text) {
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            if (unfit(text.codePointAt(i))) {
                return escape(text, i);
            }
        }
        return text;
    }

    private static String escape(String text, int from) {
        StringBuilder escaped = new StringBuilder(text.length() + 16).append(text, 0, from);
        text.substring(from).codePoints().forEach(point -> {
            if (unfit(point)) {
                for (char unit : Character.toChars(point)) {
                    escaped.append(String.format("\\u%04x", (int) unit));
                }
            } else {
                escaped.appendCodePoint(point);
            }
        });
        return escaped.toString();
    }

    private static boolean unfit(int point) {
        if (point >= ' ' && point < 0x7f) {
            return false;
        }
        int category = Character.getType(point);
        return category == Character.CONTROL
                || category == Character.FORMAT
                || category == Character.LINE_SEPARATOR
                || category == Character.PARAGRAPH_SEPARATOR
                || category == Character.SURROGATE;
    }
}
