package io.sluice.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PositionTest {

    private static final String BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    @Test
    void aPositionIsFiftyCharactersOfBase64Url() {
        Position position = new Position(new Marker(0x01020304, 5, 6, 7), 8);
        assertThat(position.text()).isEqualTo("AQECAwQAAAAAAAAABQAAAAAAAAAGAAAAAAAAAAcAAAAAAAAACA");
        assertThat(position.text()).matches("[A-Za-z0-9_-]{50}");
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            long offset = i % 10 == 0 ? -1 : random.nextLong() >>> 1;
            Position position = new Position(marker(random), offset);
            assertThat(Position.parse(position.text())).isEqualTo(position);
        }
    }

    @Test
    void aTextOfWhichACharacterIsChangedIsNoneOrAnotherPosition() {
        Random random = new Random(2);
        for (int i = 0; i < 20; i++) {
            Position position = new Position(marker(random), random.nextInt(1 << 20));
            String text = position.text();
            for (int at = 0; at < text.length(); at++) {
                for (int choice = 0; choice < BASE64URL.length(); choice++) {
                    char other = BASE64URL.charAt(choice);
                    if (other != text.charAt(at)) {
                        String changed = text.substring(0, at) + other + text.substring(at + 1);
                        @Nullable Position read = Position.parse(changed);
                        assertThat(read).isNotEqualTo(position);
                        assertThat(read == null || read.text().equals(changed)).isTrue();
                    }
                }
            }
        }
    }

    @Test
    void whatIsNoPositionIsNone() {
        String text = new Position(new Marker(1, 2, 3, 4), 5).text();
        List<String> others = List.of(
                "",
                "A",
                text + "A",
                text + "AAAA",
                text + "==",
                text.substring(1),
                text + " ",
                " " + text,
                "é" + text,
                text.substring(0, 49) + "+",
                "B" + text.substring(1));
        assertThat(others).allMatch(other -> Position.parse(other) == null);
        for (int length = 0; length < text.length(); length++) {
            assertThat(Position.parse(text.substring(0, length))).isNull();
        }
        assertThat(Position.parse(new Position(new Marker(1, -2, 3, 4), 5).text()))
                .isNull();
        assertThat(Position.parse(new Position(new Marker(1, 2, 3, 4), -2).text()))
                .isNull();
    }

    private static Marker marker(Random random) {
        return new Marker(random.nextInt(), random.nextLong() >>> 1, random.nextLong(), random.nextLong());
    }
}
