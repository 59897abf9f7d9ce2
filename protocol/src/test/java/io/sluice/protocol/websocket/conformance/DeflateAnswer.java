package io.sluice.protocol.websocket.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;

/** What a server may answer to an offer of permessage-deflate (RFC 7692, 7.1), read as strictly as a client has to. */
record DeflateAnswer(boolean serverTakeover, boolean clientTakeover, int serverWindowBits, int clientWindowBits) {

    private static final String SERVER_BITS = "server_max_window_bits";
    private static final String CLIENT_BITS = "client_max_window_bits";
    private static final String SERVER_NONE = "server_no_context_takeover";
    private static final String CLIENT_NONE = "client_no_context_takeover";

    static DeflateAnswer parse(String header) {
        Map<String, String> parameters = parameters(header);
        assertThat(parameters.keySet()).isSubsetOf(SERVER_BITS, CLIENT_BITS, SERVER_NONE, CLIENT_NONE);
        assertThat(parameters.getOrDefault(SERVER_NONE, "")).isEmpty();
        assertThat(parameters.getOrDefault(CLIENT_NONE, "")).isEmpty();
        return new DeflateAnswer(
                !parameters.containsKey(SERVER_NONE),
                !parameters.containsKey(CLIENT_NONE),
                bits(parameters, SERVER_BITS),
                bits(parameters, CLIENT_BITS));
    }

    /** Nothing the offer demands is missing, and nothing stands here that the offer does not allow. */
    void assertLegalFor(String offer) {
        Map<String, String> offered = parameters(offer);
        if (offered.containsKey(SERVER_NONE)) {
            assertThat(serverTakeover)
                    .as("7.1.1.1: taken as it is or not at all")
                    .isFalse();
        }
        if (offered.containsKey(SERVER_BITS)) {
            assertThat(serverWindowBits)
                    .as("7.1.2.1: the same or smaller")
                    .isLessThanOrEqualTo(bits(offered, SERVER_BITS));
        }
        if (!offered.containsKey(CLIENT_BITS)) {
            assertThat(clientWindowBits)
                    .as("7.1.2.2: not in the response unless offered")
                    .isEqualTo(15);
        } else if (!offered.get(CLIENT_BITS).isEmpty()) {
            assertThat(clientWindowBits)
                    .as("7.1.2.2: the same or smaller")
                    .isLessThanOrEqualTo(bits(offered, CLIENT_BITS));
        }
    }

    private static int bits(Map<String, String> parameters, String name) {
        String value = parameters.getOrDefault(name, "15");
        assertThat(value).matches("[89]|1[0-5]");
        return Integer.parseInt(value);
    }

    private static Map<String, String> parameters(String extension) {
        String[] words = extension.split(";", -1);
        assertThat(words[0].trim()).isEqualTo("permessage-deflate");
        Map<String, String> parameters = new HashMap<>();
        for (int n = 1; n < words.length; n++) {
            String[] pair = words[n].trim().split("=", 2);
            assertThat(parameters.put(pair[0], pair.length == 2 ? pair[1] : ""))
                    .as("%s, once", pair[0])
                    .isNull();
        }
        return parameters;
    }
}
