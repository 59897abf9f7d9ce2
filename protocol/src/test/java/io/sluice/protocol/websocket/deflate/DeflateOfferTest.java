package io.sluice.protocol.websocket.deflate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DeflateOfferTest {

    private static final DeflateSettings TAKEOVER = new DeflateSettings(true, 6, 0);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "permessage-deflate | permessage-deflate",
                "permessage-deflate; client_max_window_bits | permessage-deflate",
                "permessage-deflate; client_max_window_bits=15 | permessage-deflate",
                "permessage-deflate; client_max_window_bits=8 | permessage-deflate; client_max_window_bits=8",
                "permessage-deflate; server_max_window_bits=15 | permessage-deflate; server_max_window_bits=15",
                "permessage-deflate; server_max_window_bits=8 | permessage-deflate; server_max_window_bits=8",
                "permessage-deflate; server_no_context_takeover | permessage-deflate; server_no_context_takeover",
                "permessage-deflate; client_no_context_takeover | permessage-deflate; client_no_context_takeover",
                "permessage-deflate; client_max_window_bits=9; server_max_window_bits=10; client_no_context_takeover; "
                        + "server_no_context_takeover | permessage-deflate; server_no_context_takeover; "
                        + "client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=9",
                "'permessage-deflate ;\tserver_max_window_bits = 10 ' | permessage-deflate; server_max_window_bits=10",
                "permessage-deflate;server_max_window_bits=\"10\" | permessage-deflate; server_max_window_bits=10",
                "permessage-deflate;server_max_window_bits=\"\\1\\0\" | permessage-deflate; server_max_window_bits=10",
            })
    void aLegalOfferIsAnsweredWithWhatItDemandsAndNoMore(String offer, String response) {
        assertThat(response(TAKEOVER, offer)).isEqualTo(response);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "permessage-deflate | permessage-deflate; server_no_context_takeover; client_no_context_takeover",
                "permessage-deflate; server_no_context_takeover; client_max_window_bits | "
                        + "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            })
    void contextTakeoverIsDeclinedOnBothSidesByDefault(String offer, String response) {
        assertThat(response(DeflateSettings.DEFAULT, offer)).isEqualTo(response);
    }

    @Test
    void clientMaxWindowBitsIsNeverAnsweredUnlessItWasOffered() {
        for (int bits = 8; bits <= 15; bits++) {
            assertThat(response(TAKEOVER, "permessage-deflate; server_max_window_bits=" + bits))
                    .doesNotContain("client_max_window_bits");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "permessage-deflate; server_max_window_bits",
                "permessage-deflate; server_max_window_bits=7",
                "permessage-deflate; server_max_window_bits=16",
                "permessage-deflate; server_max_window_bits=08",
                "permessage-deflate; server_max_window_bits=010",
                "permessage-deflate; server_max_window_bits=+9",
                "permessage-deflate; server_max_window_bits=-9",
                "permessage-deflate; server_max_window_bits=9.0",
                "permessage-deflate; server_max_window_bits=abc",
                "permessage-deflate; server_max_window_bits=\"\"",
                "permessage-deflate; server_max_window_bits=\" 9\"",
                "permessage-deflate; server_max_window_bits=99999999999999999999",
                "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
                "permessage-deflate; server_max_window_bits=7; server_max_window_bits=9",
                "permessage-deflate; client_max_window_bits=7",
                "permessage-deflate; client_max_window_bits=16",
                "permessage-deflate; client_max_window_bits=010",
                "permessage-deflate; client_max_window_bits=\"\"",
                "permessage-deflate; client_max_window_bits; client_max_window_bits",
                "permessage-deflate; client_max_window_bits=0; client_max_window_bits",
                "permessage-deflate; server_no_context_takeover=true",
                "permessage-deflate; server_no_context_takeover=\"\"",
                "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
                "permessage-deflate; client_no_context_takeover=1",
                "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
                "permessage-deflate; mode=fast",
                "permessage-deflate; SERVER_NO_CONTEXT_TAKEOVER",
                "PerMessage-Deflate",
                "permessage-deflate-2",
                "permessage-bzip2; server_no_context_takeover",
                "x-webkit-deflate-frame; max_window_bits=8; no_context_takeover",
                "",
                " ,\t, ",
            })
    void anIllegalOrUnknownOfferIsDeclinedAndTheNextOneTried(String offer) {
        assertThat(response(TAKEOVER, offer)).isNull();
        assertThat(response(TAKEOVER, offer + ", permessage-deflate; client_max_window_bits=10"))
                .isEqualTo("permessage-deflate; client_max_window_bits=10");
        assertThat(response(TAKEOVER, offer, "permessage-deflate; server_no_context_takeover"))
                .isEqualTo("permessage-deflate; server_no_context_takeover");
    }

    @Test
    void theFirstLegalOfferWins() {
        assertThat(response(
                        TAKEOVER,
                        "permessage-deflate; server_max_window_bits=10, permessage-deflate; server_max_window_bits=9",
                        "permessage-deflate"))
                .isEqualTo("permessage-deflate; server_max_window_bits=10");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ";",
                "permessage-deflate;",
                "permessage-deflate; ;",
                "permessage-deflate; , permessage-deflate",
                "; server_no_context_takeover",
                "permessage-deflate server_no_context_takeover",
                "permessage-deflate; server_max_window_bits=",
                "permessage-deflate; server_max_window_bits= ; x",
                "permessage-deflate; server_max_window_bits=\"10",
                "permessage-deflate; server_max_window_bits=\"10\\",
                "permessage-deflate; server_max_window_bits=\"10\"1",
                "permessage-deflate; server_max_window_bits=1\"0\"",
                "permessage-deflate; =10",
                "permessage-deflate=10",
                "permessage-deflate; a=b=c",
                "permessage-deflate; a/b",
                "permessage-deflate; \u00e4",
                "\"permessage-deflate\"",
            })
    void aHeaderThatIsNoListOfExtensionsIsNotReadAsOne(String header) {
        assertThat(DeflateOffer.parse(List.of(header))).isNull();
        assertThat(DeflateOffer.parse(List.of("permessage-deflate", header))).isNull();
        assertThat(DeflateOffer.parse(List.of("permessage-deflate, " + header))).isNull();
    }

    @Test
    void aQuotedCommaOrSemicolonSeparatesNothing() {
        assertThat(response(TAKEOVER, "x; y=\"a, permessage-deflate; b\"")).isNull();
        assertThat(response(TAKEOVER, "x; y=\"a\\\", permessage-deflate\", permessage-deflate"))
                .isEqualTo("permessage-deflate");
    }

    @Test
    void everyCharacterOfATokenAndSpaceAroundAnythingAreUnderstood() {
        assertThat(
                        response(
                                TAKEOVER,
                                "azAZ09!#$%&'*+-.^_`|~ ; azAZ09 = azAZ09 ; b=\"c d\" ; e ,\tpermessage-deflate ; client_max_window_bits = 9 "))
                .isEqualTo("permessage-deflate; client_max_window_bits=9");
    }

    @Test
    void manyOffersAreReadInNoTime() {
        String illegal = "permessage-deflate; server_max_window_bits=7, ".repeat(1000);
        List<String> headers = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            headers.add("permessage-deflate; server_max_window_bits=16");
        }
        headers.add(illegal + "permessage-deflate");
        headers.add("x; y=\"" + "\\\"".repeat(100_000) + "\"");
        headers.add("x;".repeat(100_000) + "y" + " ".repeat(100_000));
        assertTimeout(
                Duration.ofSeconds(2),
                () -> assertThat(DeflateOffer.parse(headers)).hasSize(1));
    }

    @Test
    void noHeaderIsAnException() {
        Random random = new Random(7692);
        String[] words = {
            "permessage-deflate",
            "server_max_window_bits",
            "client_max_window_bits",
            "server_no_context_takeover",
            "client_no_context_takeover",
            ";",
            ",",
            "=",
            "\"",
            "\\",
            " ",
            "\t",
            "8",
            "15",
            "x",
            "\u0000",
            "\u20ac"
        };
        for (int n = 0; n < 200_000; n++) {
            StringBuilder header = new StringBuilder();
            for (int more = random.nextInt(12); more > 0; more--) {
                header.append(words[random.nextInt(words.length)]);
            }
            List<DeflateOffer> offers = DeflateOffer.parse(List.of(header.toString()));
            if (offers != null) {
                for (DeflateOffer offer : offers) {
                    assertThat(offer.serverMaxWindowBits()).isIn(0, 8, 15);
                    assertThat(offer.clientMaxWindowBits()).isIn(0, 8, 15);
                }
            }
        }
    }

    static @Nullable String response(DeflateSettings settings, String... headers) {
        List<DeflateOffer> offers = DeflateOffer.parse(List.of(headers));
        assertThat(offers).isNotNull();
        return offers == null || offers.isEmpty()
                ? null
                : PerMessageDeflate.accept(offers.get(0), settings).response();
    }
}
