package io.sluice.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class ClientAddressTest {

    @Test
    void itIsThePeerUntilAProxyTellsOtherwise() throws UnknownHostException {
        EmbeddedChannel channel = from(new InetSocketAddress("192.0.2.1", 1));
        InetAddress told = InetAddress.getByName("198.51.100.7");

        assertThat(ClientAddress.of(channel)).isEqualTo(InetAddress.getByName("192.0.2.1"));
        ClientAddress.tell(channel, told);
        assertThat(ClientAddress.of(channel)).isEqualTo(told);
        assertThat(ClientAddress.peer(channel)).isEqualTo(InetAddress.getByName("192.0.2.1"));
    }

    @Test
    void aTransportWithNoAddressIsThisMachine() {
        assertThat(ClientAddress.of(new EmbeddedChannel())).isEqualTo(InetAddress.getLoopbackAddress());
    }

    @Test
    void anIpv4AddressIsCountedAloneAndAnIpv6AddressWithItsNetwork() throws UnknownHostException {
        InetAddress four = InetAddress.getByName("192.0.2.1");

        assertThat(ClientAddress.counted(four)).isEqualTo(four);
        assertThat(counted("2001:db8:1:2:ffff:ffff:ffff:ffff")).isEqualTo(InetAddress.getByName("2001:db8:1:2::"));
        assertThat(counted("2001:db8:1:2::1")).isEqualTo(counted("2001:db8:1:2:8000::"));
        assertThat(counted("2001:db8:1:3::1")).isNotEqualTo(counted("2001:db8:1:2::1"));
    }

    private static InetAddress counted(String address) throws UnknownHostException {
        return ClientAddress.counted(InetAddress.getByName(address));
    }

    private static EmbeddedChannel from(InetSocketAddress peer) {
        return new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
                return peer;
            }
        };
    }
}
