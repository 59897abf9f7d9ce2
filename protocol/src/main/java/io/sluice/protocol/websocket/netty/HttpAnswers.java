package io.sluice.protocol.websocket.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.protocol.websocket.Handshake;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The two kinds of response to an opening handshake, as bytes: when they are sent the HTTP codec is gone. Each method gives its buffer. */
final class HttpAnswers {

    private static final String CRLF = "\r\n";

    private HttpAnswers() {}

    /** RFC 6455, 4.2.2, 5. */
    static ByteBuf switchingProtocols(ByteBufAllocator alloc, Handshake.Accepted accepted) {
        StringBuilder response = new StringBuilder(192)
                .append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
                .append("Sec-WebSocket-Accept: ")
                .append(accepted.accept())
                .append(CRLF);
        if (accepted.subprotocolEchoed()) {
            response.append("Sec-WebSocket-Protocol: ")
                    .append(accepted.subprotocol())
                    .append(CRLF);
        }
        if (accepted.extensions() != null) {
            response.append("Sec-WebSocket-Extensions: ")
                    .append(accepted.extensions())
                    .append(CRLF);
        }
        return bytes(alloc, response.append(CRLF));
    }

    static ByteBuf refusal(ByteBufAllocator alloc, HttpResponseStatus status, HttpHeaders headers, String sentence) {
        byte[] body = sentence.getBytes(StandardCharsets.UTF_8);
        StringBuilder response = new StringBuilder(256)
                .append("HTTP/1.1 ")
                .append(status)
                .append("\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ")
                .append(body.length)
                .append(CRLF);
        for (Map.Entry<String, String> header : headers) {
            response.append(header.getKey())
                    .append(": ")
                    .append(header.getValue())
                    .append(CRLF);
        }
        return bytes(alloc, response.append(CRLF)).writeBytes(body);
    }

    private static ByteBuf bytes(ByteBufAllocator alloc, StringBuilder head) {
        ByteBuf bytes = alloc.buffer(head.length() + 128);
        bytes.writeCharSequence(head, StandardCharsets.US_ASCII);
        return bytes;
    }
}
