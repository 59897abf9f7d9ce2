package io.sluice.protocol.websocket;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.sluice.protocol.websocket.deflate.DeflateOffer;
import io.sluice.protocol.websocket.deflate.DeflateSettings;
import io.sluice.protocol.websocket.deflate.PerMessageDeflate;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The server's answer to an opening handshake (RFC 6455, 4.2). Pure: a request in, an answer out. Safe for all threads.
 *
 * <p>Whether the client may connect at all (its origin, its token, the load) is for others to say, after this.
 */
public final class Handshake {

    /** What is said to a request. */
    public sealed interface Answer permits Accepted, Rejected {}

    /**
     * The request is correct.
     *
     * @param accept the value of {@code Sec-WebSocket-Accept}
     * @param subprotocol the server's own constant: the first of the client's names that it knows, or its default
     * @param subprotocolEchoed whether the response names the subprotocol: only if the client offered it
     * @param deflate permessage-deflate as it is agreed with this answer, null if it is not
     */
    public record Accepted(
            String accept,
            String subprotocol,
            boolean subprotocolEchoed,
            @Nullable PerMessageDeflate deflate) implements Answer {

        /** The value of {@code Sec-WebSocket-Extensions} in the response, null for none. */
        public @Nullable String extensions() {
            return deflate == null ? null : deflate.response();
        }

        /** The same with every extension declined. */
        public Accepted plain() {
            return new Accepted(accept, subprotocol, subprotocolEchoed, null);
        }
    }

    /**
     * The request is not a correct opening handshake.
     *
     * @param headers to be sent beside {@code Connection: close}
     * @param sentence says what to do, in constant words
     */
    public record Rejected(HttpResponseStatus status, HttpHeaders headers, String sentence) implements Answer {}

    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final String VERSION = "13";
    private static final int KEY_CHARACTERS = 24;
    private static final int KEY_BYTES = 16;

    private final List<String> subprotocols;
    private final String defaultSubprotocol;
    private final @Nullable DeflateSettings deflate;

    /** As the other, with permessage-deflate declined. */
    public Handshake(List<String> subprotocols, String defaultSubprotocol) {
        this(subprotocols, defaultSubprotocol, null);
    }

    /**
     * @param subprotocols the names that the server knows; with none it ignores what is offered
     * @param defaultSubprotocol what a client gets that offers none; need not be one of them
     * @param deflate how messages are compressed; null if permessage-deflate is declined
     */
    public Handshake(List<String> subprotocols, String defaultSubprotocol, @Nullable DeflateSettings deflate) {
        this.subprotocols = List.copyOf(subprotocols);
        this.defaultSubprotocol = defaultSubprotocol;
        this.deflate = deflate;
    }

    /** Answers a request, whose body must not have been read: one that announces a body is rejected. */
    public Answer answer(HandshakeRequest request) {
        HttpHeaders headers = request.headers();
        if (!HttpMethod.GET.equals(request.method())) {
            return new Rejected(
                    HttpResponseStatus.METHOD_NOT_ALLOWED,
                    new DefaultHttpHeaders().set(HttpHeaderNames.ALLOW, "GET"),
                    "A WebSocket is opened with GET.");
        }
        if (!HttpVersion.HTTP_1_1.equals(request.version())) {
            return badRequest("A WebSocket is opened with HTTP/1.1.");
        }
        if (announcesBody(headers)) {
            return badRequest("The request that opens a WebSocket has no body.");
        }
        if (!RequestTarget.isCanonical(request.uri(), headers.getAll(HttpHeaderNames.HOST))) {
            return badRequest("Send one Host header, and the path as the request target.");
        }
        if (!headers.contains(HttpHeaderNames.UPGRADE)) {
            return upgradeRequired("This address speaks WebSocket alone.");
        }
        if (!HeaderTokens.contains(headers.getAll(HttpHeaderNames.UPGRADE), "websocket")) {
            return badRequest("Upgrade must name websocket.");
        }
        if (!HeaderTokens.contains(headers.getAll(HttpHeaderNames.CONNECTION), "upgrade")) {
            return badRequest("Connection must name Upgrade; a proxy in front may have to be told to pass it on.");
        }
        if (!headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_VERSION).equals(List.of(VERSION))) {
            return upgradeRequired("Send Sec-WebSocket-Version: 13, once.");
        }
        List<String> keys = headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_KEY);
        if (keys.size() != 1 || !isKey(keys.get(0))) {
            return badRequest("Send one Sec-WebSocket-Key of 16 bytes in base64.");
        }
        List<DeflateOffer> offers = DeflateOffer.parse(headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS));
        if (offers == null) {
            return badRequest("Sec-WebSocket-Extensions must be a list of extensions as in RFC 6455, 9.1.");
        }
        return negotiated(headers, acceptKey(keys.get(0)), agree(offers));
    }

    private @Nullable PerMessageDeflate agree(List<DeflateOffer> offers) {
        return deflate == null || offers.isEmpty() ? null : PerMessageDeflate.accept(offers.get(0), deflate);
    }

    private Answer negotiated(HttpHeaders headers, String accept, @Nullable PerMessageDeflate agreed) {
        List<String> values = headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
        if (values.isEmpty() || subprotocols.isEmpty()) {
            return new Accepted(accept, defaultSubprotocol, false, agreed);
        }
        List<String> offered = HeaderTokens.parse(values);
        if (offered == null || offered.isEmpty()) {
            return badRequest("Sec-WebSocket-Protocol must be a list of names.");
        }
        for (String offer : offered) {
            int known = subprotocols.indexOf(offer);
            if (known >= 0) {
                return new Accepted(accept, subprotocols.get(known), true, agreed);
            }
        }
        return badRequest("None of the subprotocols offered is known here. Offer one of: "
                + String.join(", ", subprotocols) + ".");
    }

    private static boolean announcesBody(HttpHeaders headers) {
        return headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || headers.getAll(HttpHeaderNames.CONTENT_LENGTH).stream().anyMatch(length -> !length.equals("0"));
    }

    private static boolean isKey(String key) {
        if (key.length() != KEY_CHARACTERS) {
            return false;
        }
        try {
            return Base64.getDecoder().decode(key).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** RFC 6455, 4.2.2, 5.4: SHA-1 of the key, as sent, and the protocol's GUID, in base64. */
    static String acceptKey(String key) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder().encodeToString(sha1.digest((key + GUID).getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    private static Rejected badRequest(String sentence) {
        return new Rejected(HttpResponseStatus.BAD_REQUEST, new DefaultHttpHeaders(), sentence);
    }

    /** RFC 9110, 15.5.22 wants {@code Upgrade} in it, RFC 6455, 4.4 the version. */
    private static Rejected upgradeRequired(String sentence) {
        HttpHeaders headers = new DefaultHttpHeaders()
                .set(HttpHeaderNames.UPGRADE, "websocket")
                .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, VERSION);
        return new Rejected(HttpResponseStatus.UPGRADE_REQUIRED, headers, sentence);
    }
}
