package io.sluice.protocol.websocket.deflate;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One legal offer of a client (RFC 7692, 7.1).
 *
 * @param serverNoContextTakeover the server must not refer to earlier messages
 * @param clientNoContextTakeover the client will not, whatever the server answers
 * @param serverMaxWindowBits 8 to 15: the window that the server must keep within; 0 if the client says nothing
 * @param clientMaxWindowBits 8 to 15: the window that the client will keep within, 15 if it gives no value; 0 if it says nothing, and
 *     then knows no answer to it
 */
public record DeflateOffer(
        boolean serverNoContextTakeover,
        boolean clientNoContextTakeover,
        int serverMaxWindowBits,
        int clientMaxWindowBits) {

    static final String NAME = "permessage-deflate";
    static final String SERVER_NO_CONTEXT_TAKEOVER = "server_no_context_takeover";
    static final String CLIENT_NO_CONTEXT_TAKEOVER = "client_no_context_takeover";
    static final String SERVER_MAX_WINDOW_BITS = "server_max_window_bits";
    static final String CLIENT_MAX_WINDOW_BITS = "client_max_window_bits";

    static final int MIN_WINDOW_BITS = 8;
    static final int MAX_WINDOW_BITS = 15;

    /**
     * Reads all {@code Sec-WebSocket-Extensions} headers of a request.
     *
     * @return the legal offers, the client's favourite first. Other extensions are left out, and so is an offer that "contains an
     *     extension parameter not defined for use in an offer", one "with an invalid value" or one twice (RFC 7692, 7.1): both are
     *     declined. Null where some header does not follow the grammar of RFC 6455, 9.1, since the recipient then "MUST immediately
     *     _Fail the WebSocket Connection_"
     */
    public static @Nullable List<DeflateOffer> parse(List<String> headers) {
        List<DeflateOffer> offers = new ArrayList<>();
        for (String header : headers) {
            ExtensionScanner scanner = new ExtensionScanner(header);
            while (scanner.nextElement()) {
                DeflateOffer offer = offer(scanner);
                if (offer != null) {
                    offers.add(offer);
                }
            }
            if (scanner.malformed()) {
                return null;
            }
        }
        return offers;
    }

    /** Reads to the end of the element, also when it is known to be declined: what follows is to be understood. */
    private static @Nullable DeflateOffer offer(ExtensionScanner scanner) {
        boolean legal = scanner.name().equals(NAME);
        boolean serverNoContextTakeover = false;
        boolean clientNoContextTakeover = false;
        int serverMaxWindowBits = 0;
        int clientMaxWindowBits = 0;
        while (scanner.nextParameter()) {
            String value = scanner.value();
            switch (scanner.name()) {
                case SERVER_NO_CONTEXT_TAKEOVER -> {
                    legal &= !serverNoContextTakeover && value == null;
                    serverNoContextTakeover = true;
                }
                case CLIENT_NO_CONTEXT_TAKEOVER -> {
                    legal &= !clientNoContextTakeover && value == null;
                    clientNoContextTakeover = true;
                }
                case SERVER_MAX_WINDOW_BITS -> {
                    legal &= serverMaxWindowBits == 0;
                    serverMaxWindowBits = value == null ? 0 : windowBits(value);
                    legal &= serverMaxWindowBits != 0;
                }
                case CLIENT_MAX_WINDOW_BITS -> {
                    legal &= clientMaxWindowBits == 0;
                    clientMaxWindowBits = value == null ? MAX_WINDOW_BITS : windowBits(value);
                    legal &= clientMaxWindowBits != 0;
                }
                default -> legal = false;
            }
        }
        return legal
                ? new DeflateOffer(
                        serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits)
                : null;
    }

    /** "A decimal integer value without leading zeroes between 8 to 15, inclusive" (RFC 7692, 7.1.2.1); 0 for all else. */
    private static int windowBits(String value) {
        return switch (value) {
            case "8" -> 8;
            case "9" -> 9;
            case "10" -> 10;
            case "11" -> 11;
            case "12" -> 12;
            case "13" -> 13;
            case "14" -> 14;
            case "15" -> 15;
            default -> 0;
        };
    }
}
