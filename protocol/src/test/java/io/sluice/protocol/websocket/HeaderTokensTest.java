package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class HeaderTokensTest {

    /** RFC 9110, 5.6.2. */
    private static final String TCHAR = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    @Test
    void aTokenIsOfTheseCharactersAndOfNoOthers() {
        for (char c = 0; c < 0x180; c++) {
            if (c == ',') {
                continue;
            }
            String token = "a" + c + "z";
            List<String> expected = TCHAR.indexOf(c) >= 0 ? List.of(token) : null;
            assertThat(HeaderTokens.parse(List.of(token))).as("U+%04X", (int) c).isEqualTo(expected);
        }
    }

    @Test
    void emptyElementsAreNoneAndSeveralValuesAreOneList() {
        assertThat(HeaderTokens.parse(List.of(",a,, b\t,", "", "c"))).containsExactly("a", "b", "c");
        assertThat(HeaderTokens.parse(List.of())).isEmpty();
        assertThat(HeaderTokens.parse(List.of(",", " "))).isEmpty();
    }

    @Test
    void aTokenThatComesTwiceSpoilsThemAll() {
        assertThat(HeaderTokens.parse(List.of("a", "b,a"))).isNull();
        assertThat(HeaderTokens.parse(List.of("a,A"))).containsExactly("a", "A");
    }
}
