package io.sluice.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.BindException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of a port that cannot be bound, in the words of each transport. */
final class ListenersTest {

    @ParameterizedTest
    @CsvSource({
        "bind(..) failed with error(-13): Permission denied, 'ports below 1024 are for root. Choose another, or grant CAP_NET_BIND_SERVICE.'",
        "Permission denied, 'ports below 1024 are for root. Choose another, or grant CAP_NET_BIND_SERVICE.'",
        "bind(..) failed with error(-98): Address already in use, 'the port is in use. Choose another port, or stop what uses it.'",
        "Address already in use, 'the port is in use. Choose another port, or stop what uses it.'",
        "Cannot assign requested address, no interface of this machine has that address: 0.0.0.0 is all that it has.",
        "Protocol family unavailable, Protocol family unavailable. Choose another address or port.",
    })
    void theKernelsWordsBecomeWhatToDo(String kernel, String reason) {
        assertThat(Listeners.reason(new BindException(kernel))).isEqualTo(reason);
    }

    @Test
    void aHostNameThatNobodyKnowsIsSaidToBeOne() {
        assertThat(Listeners.reason(new UnresolvedAddressException()))
                .isEqualTo(Listeners.reason(new UnknownHostException("nowhere")))
                .startsWith("this host name is not known.");
    }
}
