package io.sluice.gateway.admission;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

/** The bound of an answer's body, byte by byte and in all pieces. */
final class BoundedHttpTest {

    private static final String BODY = "0123456789";

    private static final class Counted implements Flow.Subscription {
        private long requested;
        private int cancelled;

        @Override
        public void request(long count) {
            requested += count;
        }

        @Override
        public void cancel() {
            cancelled++;
        }
    }

    private final Counted subscription = new Counted();

    @Test
    void aBodyOfExactlyTheBoundIsTakenInWhateverPieces() {
        for (int cut = 0; cut <= BODY.length(); cut++) {
            var body = subscribed(BODY.length());
            body.onNext(List.of(bytes(BODY.substring(0, cut)), bytes(BODY.substring(cut))));
            body.onComplete();

            assertThat(taken(body).join()).isEqualTo(BODY.getBytes(UTF_8));
        }
        assertThat(subscription.cancelled).isZero();
        assertThat(subscription.requested).isPositive();
    }

    @Test
    void oneByteMoreIsRefusedInWhateverPiecesAndTheRestIsNotAskedFor() {
        for (int cut = 0; cut <= BODY.length(); cut++) {
            int before = subscription.cancelled;
            var body = subscribed(BODY.length() - 1);
            List<ByteBuffer> pieces = new ArrayList<>();
            pieces.add(bytes(BODY.substring(0, cut)));
            pieces.add(bytes(BODY.substring(cut)));
            ByteBuffer beyond = bytes("more");
            pieces.add(beyond);
            body.onNext(pieces);
            body.onNext(List.of(beyond));
            body.onComplete();

            assertThatThrownBy(taken(body)::get)
                    .cause()
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("9 bytes");
            assertThat(subscription.cancelled).isEqualTo(before + 1);
            assertThat(beyond.position()).isZero();
        }
    }

    @Test
    void aBodyThatBreaksOffIsItsFailure() {
        var body = subscribed(9);
        body.onNext(List.of(bytes("0")));
        body.onError(new IOException("reset"));

        assertThatThrownBy(taken(body)::get).hasMessageContaining("reset");
    }

    private BoundedHttp.Bounded subscribed(int most) {
        var body = new BoundedHttp.Bounded(most);
        body.onSubscribe(subscription);
        return body;
    }

    private static CompletableFuture<byte[]> taken(BoundedHttp.Bounded body) {
        return body.getBody().toCompletableFuture();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }
}
