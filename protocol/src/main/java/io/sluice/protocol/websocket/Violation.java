package io.sluice.protocol.websocket;

import static io.sluice.protocol.websocket.CloseCode.INVALID_PAYLOAD;
import static io.sluice.protocol.websocket.CloseCode.POLICY_VIOLATION;
import static io.sluice.protocol.websocket.CloseCode.PROTOCOL_ERROR;
import static io.sluice.protocol.websocket.CloseCode.TRY_AGAIN_LATER;

/**
 * Everything a peer can do wrong after the handshake. Each has a stable id for operators, the close code it is answered with, and the
 * sentence that is the close frame's reason. The same list, with causes and cures, is {@code docs/violations.md}.
 */
public enum Violation {
    RESERVED_OPCODE("reserved_opcode", PROTOCOL_ERROR, "The opcode of the frame is reserved."),
    RESERVED_BIT(
            "reserved_bit",
            PROTOCOL_ERROR,
            "A reserved bit is set, but no extension was agreed that gives it a meaning."),
    UNMASKED_FRAME("unmasked_frame", PROTOCOL_ERROR, "A client must mask its frames."),
    FRAGMENTED_CONTROL("fragmented_control", PROTOCOL_ERROR, "A control frame must not be fragmented."),
    CONTROL_TOO_LONG("control_too_long", PROTOCOL_ERROR, "A control frame carries at most 125 bytes."),
    LENGTH_NOT_MINIMAL("length_not_minimal", PROTOCOL_ERROR, "A payload length must be written in the fewest bytes."),
    LENGTH_NEGATIVE(
            "length_negative", PROTOCOL_ERROR, "The most significant bit of a 64-bit payload length must be 0."),
    UNEXPECTED_CONTINUATION(
            "unexpected_continuation", PROTOCOL_ERROR, "A continuation frame came, but no message is open."),
    EXPECTED_CONTINUATION(
            "expected_continuation", PROTOCOL_ERROR, "A new message came before the last one was finished."),
    CLOSE_PAYLOAD_TOO_SHORT(
            "close_payload_too_short",
            PROTOCOL_ERROR,
            "The payload of a close frame is empty or starts with two bytes of code."),
    CLOSE_CODE_RESERVED("close_code_reserved", PROTOCOL_ERROR, "The close code must not be used in a close frame."),
    CLOSE_REASON_NOT_UTF8("close_reason_not_utf8", INVALID_PAYLOAD, "The reason of a close frame must be UTF-8."),
    TEXT_NOT_UTF8("text_not_utf8", INVALID_PAYLOAD, "A text message must be UTF-8."),
    CORRUPT_DEFLATE("corrupt_deflate", INVALID_PAYLOAD, "The message is not correctly compressed."),
    DEFLATE_NOT_ALLOWED(
            "deflate_not_allowed", POLICY_VIOLATION, "Compressed messages are not taken yet; send this one as it is."),
    MESSAGE_TOO_BIG("message_too_big", CloseCode.MESSAGE_TOO_BIG, "The message is longer than this server takes."),
    TOO_MANY_FRAGMENTS(
            "too_many_fragments", POLICY_VIOLATION, "The message has more fragments than this server takes."),
    MESSAGE_TIMEOUT("message_timeout", POLICY_VIOLATION, "The message was not finished in time."),
    CONTROL_FLOOD("control_flood", POLICY_VIOLATION, "Pings come faster than this server takes them."),
    REASSEMBLY_BUDGET("reassembly_budget", TRY_AGAIN_LATER, "The server holds too many unfinished messages.");

    private final String id;
    private final int closeCode;
    private final String sentence;

    Violation(String id, int closeCode, String sentence) {
        this.id = id;
        this.closeCode = closeCode;
        this.sentence = sentence;
    }

    /** The name under which it is counted and logged; never changes. */
    public String id() {
        return id;
    }

    public int closeCode() {
        return closeCode;
    }

    /** The close frame's reason: a constant of at most 123 bytes. */
    public String sentence() {
        return sentence;
    }
}
