package io.sluice.protocol.websocket;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Tables of what a client sends and what a connection does about it, and all pieces in which it may come. */
final class FrameCases {

    /** Whatever a connection refuses, this is of no more effect behind it. */
    private static final String MORE = " / 81 81 M 61 / 89 80 M / 88 82 M 03e8";

    private FrameCases() {}

    /** What {@code did} says, and a connection that is lost after it unless it ends with another end. */
    static Arguments good(String name, String notation, String... did) {
        List<String> expected = did[did.length - 1].startsWith("closed")
                ? List.of(did)
                : Stream.concat(Stream.of(did), Stream.of("closed 1006")).toList();
        return Arguments.of(name, ClientBytes.of(notation), expected);
    }

    static Arguments bad(Violation violation, String notation) {
        return Arguments.of(violation, notation);
    }

    /** What a new connection does each time: whole, in two pieces at every place, and byte by byte. */
    static List<List<String>> inEveryPiece(Supplier<Peer> peers, byte[] bytes) {
        List<List<String>> all = new ArrayList<>();
        for (int cut = 0; cut <= bytes.length; cut++) {
            all.add(peers.get()
                    .receive(bytes, 0, cut)
                    .receive(bytes, cut, bytes.length)
                    .ended());
        }
        Peer byteByByte = peers.get();
        for (int i = 0; i < bytes.length; i++) {
            byteByByte.receive(bytes, i, i + 1);
        }
        all.add(byteByByte.ended());
        return all;
    }

    /** As {@link #inEveryPiece}, with more frames behind, of which nothing may be seen. */
    static List<List<String>> inEveryPieceWithMoreBehind(Supplier<Peer> peers, String notation) {
        return inEveryPiece(peers, ClientBytes.of(notation + MORE));
    }

    /** All that an open connection does about a violation, in this order. */
    static String[] refusal(Violation violation) {
        String reason = HexFormat.of().formatHex(violation.sentence().getBytes(StandardCharsets.UTF_8));
        int length = 2 + violation.sentence().length();
        return new String[] {
            "violation " + violation.id(),
            "send 88%02x%04x%s".formatted(length, violation.closeCode(), reason),
            "fail",
            "closed " + violation.closeCode()
        };
    }
}
