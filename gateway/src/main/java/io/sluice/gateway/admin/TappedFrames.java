package io.sluice.gateway.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.sluice.gateway.session.SessionTap;
import java.time.Instant;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What one session sends and receives, told to a {@link Tap}: direction, {@code op}, topic and size; the text only where it may. */
final class TappedFrames implements SessionTap {

    /** Of a message, what is looked at and told. */
    private static final int SHOWN_BYTES = 16 << 10;

    private static final int COMPRESSED = 0x40;
    private static final int OPCODE = 0x0f;
    private static final int TEXT = 1;

    /** Ends what permessage-deflate has cut off (RFC 7692, 7.2.2). */
    private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};

    private final Tap tap;

    TappedFrames(Tap tap) {
        this.tap = tap;
    }

    @Override
    public void received(ByteBuf payload) {
        tell("received", payload.readableBytes(), bytes(payload, payload.readerIndex(), payload.readableBytes()));
    }

    @Override
    public void sent(ByteBuf frames) {
        int at = frames.readerIndex();
        while (at + 2 <= frames.writerIndex()) {
            int first = frames.getUnsignedByte(at);
            int length = frames.getUnsignedByte(at + 1);
            int header = 2;
            if (length == 126) {
                length = frames.getUnsignedShort(at + 2);
                header = 4;
            } else if (length == 127) {
                length = Math.toIntExact(frames.getLong(at + 2));
                header = 10;
            }
            if ((first & OPCODE) == TEXT) {
                byte[] payload = bytes(frames, at + header, length);
                tell("sent", length, (first & COMPRESSED) == 0 ? payload : inflated(payload));
            }
            at += header + length;
        }
    }

    @Override
    public void closed() {
        tap.end("closed");
    }

    private void tell(String direction, int length, byte[] payload) {
        if (!tap.wants()) {
            return;
        }
        ObjectNode message = JsonMapper.shared().createObjectNode();
        message.put("at", Instant.now().toString()).put("direction", direction).put("bytes", length);
        envelope(payload, message);
        boolean secret = message.path("op").asString("").equals("auth") || !message.has("op");
        if (tap.payload() && !secret) {
            message.put("text", new String(payload, UTF_8));
        }
        tap.tell(message);
    }

    /** The fields that say what it is. They may be followed by a payload of any size and depth, which is not looked at. */
    private static void envelope(byte[] payload, ObjectNode into) {
        try (JsonParser parser = JsonMapper.shared().createParser(payload)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (value == JsonToken.VALUE_STRING
                        && (name.equals("op") || name.equals("topic") || name.equals("code"))) {
                    into.put(name, parser.getString());
                }
                parser.skipChildren();
            }
        } catch (JacksonException cutOffOrNoJson) {
            // What was read before it stands.
            into.path("op");
        }
    }

    private static byte[] bytes(ByteBuf from, int at, int length) {
        byte[] bytes = new byte[Math.min(length, SHOWN_BYTES)];
        from.getBytes(at, bytes);
        return bytes;
    }

    /** Empty where it cannot be read alone, since it leans on what was sent before. */
    private static byte[] inflated(byte[] payload) {
        Inflater inflater = new Inflater(true);
        try {
            byte[] whole = Arrays.copyOf(payload, payload.length + TAIL.length);
            System.arraycopy(TAIL, 0, whole, payload.length, TAIL.length);
            inflater.setInput(whole);
            byte[] out = new byte[SHOWN_BYTES];
            return Arrays.copyOf(out, inflater.inflate(out));
        } catch (DataFormatException leansOnOthers) {
            return new byte[0];
        } finally {
            inflater.end();
        }
    }
}
