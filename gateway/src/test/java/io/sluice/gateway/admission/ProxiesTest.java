package io.sluice.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.gateway.config.Cidr;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxiesTest {

    private static final String PROXY = "10.0.0.1";

    private final Proxies proxies = new Proxies(Stream.of("10.0.0.0/8", "2001:db8:1::/48")
            .map(block -> Objects.requireNonNull(Cidr.parse(block)))
            .toList());

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "198.51.100.7 | 198.51.100.7",
                "198.51.100.7:4711 | 198.51.100.7",
                "2001:db8:2::7 | 2001:db8:2::7",
                "[2001:db8:2::7] | 2001:db8:2::7",
                "[2001:db8:2::7]:4711 | 2001:db8:2::7",
                "6.6.6.6, 198.51.100.7 | 198.51.100.7",
                "6.6.6.6, 198.51.100.7, 10.0.0.2 | 198.51.100.7",
                "198.51.100.7,10.0.0.2,10.0.0.3 | 198.51.100.7",
                "10.0.0.9 | 10.0.0.9",
                "10.0.0.9, 10.0.0.8 | 10.0.0.9",
                "unknown | 10.0.0.1",
                "_hidden | 10.0.0.1",
                "6.6.6.6, unknown | 10.0.0.1",
                "198.51.100.7, unknown, 10.0.0.2 | 10.0.0.2",
                "localhost | 10.0.0.1",
                "example.com | 10.0.0.1",
                "1 | 10.0.0.1",
                "198.51.100.7, | 10.0.0.1",
                "'' | 10.0.0.1",
                ", | 10.0.0.1",
                "[ | 10.0.0.1",
                "fe80::1%lo | 10.0.0.1"
            })
    void theListIsReadFromTheRightToTheFirstThatIsNoProxyOfOurs(String list, String client) {
        assertThat(proxies.client(address(PROXY), headers("X-Forwarded-For", list)))
                .isEqualTo(address(client));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "for=198.51.100.7 | 198.51.100.7",
                "For=\"198.51.100.7:4711\" | 198.51.100.7",
                "proto=https;for=\"[2001:db8:2::7]:4711\";by=10.0.0.1 | 2001:db8:2::7",
                "for=6.6.6.6, for=198.51.100.7;proto=https, for=10.0.0.2 | 198.51.100.7",
                "for=unknown | 10.0.0.1",
                "for=\"_gazonk\" | 10.0.0.1",
                "by=198.51.100.7 | 10.0.0.1",
                "xfor=198.51.100.7 | 10.0.0.1",
                "for=\"198.51.100.7 | 10.0.0.1",
                "for | 10.0.0.1"
            })
    void forwardedIsReadTheSameWay(String list, String client) {
        assertThat(proxies.client(address(PROXY), headers("Forwarded", list))).isEqualTo(address(client));
    }

    @Test
    void nobodyElseIsBelieved() {
        for (String peer : List.of("198.51.100.9", "11.0.0.1", "9.255.255.255", "::1", "2001:db8:2::1")) {
            HttpHeaders headers = headers("X-Forwarded-For", "127.0.0.1").add("Forwarded", "for=127.0.0.1");
            assertThat(proxies.client(address(peer), headers)).isEqualTo(address(peer));
        }
        assertThat(new Proxies(List.of()).client(address(PROXY), headers("X-Forwarded-For", "127.0.0.1")))
                .isEqualTo(address(PROXY));
    }

    @Test
    void severalLinesAreOneList() {
        HttpHeaders headers = headers("X-Forwarded-For", "6.6.6.6").add("X-Forwarded-For", "198.51.100.7");

        assertThat(proxies.client(address(PROXY), headers)).isEqualTo(address("198.51.100.7"));
    }

    @Test
    void twoHeadersThatContradictEachOtherAreBothNotBelieved() {
        HttpHeaders both = headers("X-Forwarded-For", "198.51.100.7").add("Forwarded", "for=198.51.100.8");
        assertThat(proxies.client(address(PROXY), both)).isEqualTo(address(PROXY));

        HttpHeaders same = headers("X-Forwarded-For", "198.51.100.7").add("Forwarded", "for=198.51.100.7");
        assertThat(proxies.client(address(PROXY), same)).isEqualTo(address("198.51.100.7"));
    }

    @Test
    void anyTextGivesAnAddressThatSomebodyTrustedSaid() {
        Random random = new Random(7239);
        String alphabet = "0123456789.:[],;=\"for unkw_-%";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(40); length > 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            for (String header : List.of("X-Forwarded-For", "Forwarded")) {
                assertThat(proxies.client(
                                address(PROXY), headers(header, text.toString().strip())))
                        .isNotNull();
            }
        }
    }

    private static HttpHeaders headers(String name, String value) {
        return new DefaultHttpHeaders().add(name, value);
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
