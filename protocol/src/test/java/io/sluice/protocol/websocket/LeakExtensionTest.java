package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Test;

final class LeakExtensionTest {

    @Test
    void aBufferThatIsForgottenIsFound() {
        assertThat(LeakExtension.collect()).isEmpty();
        forget();
        String leaks = "";
        for (int round = 0; round < 100 && leaks.isEmpty(); round++) {
            leaks = LeakExtension.collect();
        }
        assertThat(leaks).contains("LeakExtensionTest.forget");
    }

    private static void forget() {
        ByteBuf forgotten = ByteBufAllocator.DEFAULT.directBuffer(16);
        forgotten.writeByte(1);
    }
}
