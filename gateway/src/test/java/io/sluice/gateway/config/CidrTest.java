package io.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0, true",
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 9.255.255.255, false",
        "10.0.0.0/8, 11.0.0.0, false",
        "192.0.2.128/25, 192.0.2.128, true",
        "192.0.2.128/25, 192.0.2.127, false",
        "192.0.2.4/30, 192.0.2.7, true",
        "192.0.2.4/30, 192.0.2.8, false",
        "192.0.2.1, 192.0.2.1, true",
        "192.0.2.1, 192.0.2.2, false",
        "0.0.0.0/0, 255.255.255.255, true",
        "0.0.0.0/0, ::1, false",
        "2001:db8::/32, 2001:db8::, true",
        "2001:db8::/32, 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff, true",
        "2001:db8::/32, 2001:db7:ffff:ffff:ffff:ffff:ffff:ffff, false",
        "2001:db8::/32, 2001:db9::, false",
        "2001:db8:0:8000::/49, 2001:db8:0:8000::, true",
        "2001:db8:0:8000::/49, 2001:db8:0:7fff:ffff:ffff:ffff:ffff, false",
        "::/0, 192.0.2.1, false",
        "::1/128, ::1, true",
        "::1/128, ::2, false"
    })
    void aBlockHasExactlyTheAddressesWithItsPrefix(String block, String address, boolean contained)
            throws UnknownHostException {
        assertThat(cidr(block).contains(InetAddress.getByName(address))).isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/+8",
                "10.0.0.0/08x",
                "10.0.0.1/8",
                "10.0.0/8",
                "10.0.0.0.0/8",
                "::/129",
                "2001:db8::1/32",
                "localhost",
                "localhost/8",
                "fe80::1%eth0",
                "1",
                "0x7f.1/32",
                "10.0.0.0/8/8",
                " 10.0.0.0/8",
                "10.0.0.0/8 "
            })
    void whatIsNoBlockIsNone(String text) {
        assertThat(Cidr.parse(text)).isNull();
    }

    @Test
    void itAgreesWithTheNumbersOfAnyBlock() throws UnknownHostException {
        Random random = new Random(4632);
        for (int i = 0; i < 20_000; i++) {
            int bits = random.nextInt(33);
            int mask = bits == 0 ? 0 : -1 << (32 - bits);
            int network = random.nextInt() & mask;
            int address = random.nextBoolean() ? random.nextInt() : network ^ (1 << random.nextInt(32));

            assertThat(cidr(text(network) + "/" + bits).contains(InetAddress.getByName(text(address))))
                    .as("seed 4632, %d", i)
                    .isEqualTo((address & mask) == network);
        }
    }

    @Test
    void equalBlocksAreEqual() {
        assertThat(cidr("2001:db8::/32"))
                .isEqualTo(cidr("2001:0DB8:0::/32"))
                .hasSameHashCodeAs(cidr("2001:db8:0::/32"));
        assertThat(cidr("10.0.0.0/8")).isNotEqualTo(cidr("10.0.0.0/9")).hasToString("10.0.0.0/8");
    }

    private static Cidr cidr(String text) {
        return Objects.requireNonNull(Cidr.parse(text), text);
    }

    private static String text(int address) {
        return "%d.%d.%d.%d".formatted(address >>> 24, address >>> 16 & 0xff, address >>> 8 & 0xff, address & 0xff);
    }
}
