package io.sluice.protocol.subprotocol.json;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/** The verdict of a parser that is not ours. It is given characters, so that it guesses no encoding. */
final class Jackson {

    private static final StreamReadConstraints UNBOUNDED = StreamReadConstraints.builder()
            .maxNestingDepth(Integer.MAX_VALUE)
            .maxNumberLength(Integer.MAX_VALUE)
            .maxStringLength(Integer.MAX_VALUE)
            .maxNameLength(Integer.MAX_VALUE)
            .build();
    private static final JsonFactory LENIENT_ABOUT_NAMES =
            JsonFactory.builder().streamReadConstraints(UNBOUNDED).build();
    private static final JsonFactory STRICT_ABOUT_NAMES = JsonFactory.builder()
            .streamReadConstraints(UNBOUNDED)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** Jackson refuses a lone surrogate in a name, which the grammar allows (RFC 8259, 8.2): it is shown another escape of the same shape. */
    private static final Pattern SURROGATE_ESCAPE = Pattern.compile("\\\\u[dD](?=[89a-fA-F])");

    /** Whether {@code bytes} are one JSON value in UTF-8. */
    static boolean accepts(byte[] bytes) {
        return accepts(LENIENT_ABOUT_NAMES, bytes);
    }

    /** As {@link #accepts}, and no object names a key twice. */
    static boolean acceptsWithoutDuplicates(byte[] bytes) {
        return accepts(STRICT_ABOUT_NAMES, bytes);
    }

    private static boolean accepts(JsonFactory factory, byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            text = SURROGATE_ESCAPE.matcher(text).replaceAll("\\\\u1");
            try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), text)) {
                if (parser.nextToken() == null) {
                    return false;
                }
                parser.skipChildren();
                parser.finishToken();
                return parser.nextToken() == null;
            }
        } catch (CharacterCodingException | StreamReadException no) {
            return false;
        }
    }

    private Jackson() {}
}
