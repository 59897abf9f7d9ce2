package io.sluice.gateway.config;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A block of addresses, {@code 10.0.0.0/8} or {@code 2001:db8::/32} (RFC 4632, 3.1; RFC 4291, 2.3). Immutable. */
public final class Cidr {

    private final byte[] network;
    private final int bits;

    private Cidr(byte[] network, int bits) {
        this.network = network;
        this.bits = bits;
    }

    /** Null where {@code text} is no block, or has a bit set behind its prefix. A single address is a block of one. */
    public static @Nullable Cidr parse(String text) {
        int slash = text.indexOf('/');
        // Names are never looked up: who answers for the name service would choose whom we believe.
        byte[] network = NetUtil.createByteArrayFromIpAddressString(slash < 0 ? text : text.substring(0, slash));
        if (network == null || text.indexOf('%') >= 0) {
            return null;
        }
        int all = network.length * Byte.SIZE;
        int bits = slash < 0 ? all : number(text.substring(slash + 1), all);
        return bits >= 0 && isClearBehind(network, bits) ? new Cidr(network, bits) : null;
    }

    /** Whether {@code address} is one of its addresses. An IPv4 address is never in a block of IPv6, nor the other way round. */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != network.length) {
            return false;
        }
        int whole = bits / Byte.SIZE;
        if (!Arrays.equals(bytes, 0, whole, network, 0, whole)) {
            return false;
        }
        int rest = bits % Byte.SIZE;
        return rest == 0 || ((bytes[whole] ^ network[whole]) & (0xFF00 >> rest) & 0xFF) == 0;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Cidr cidr && bits == cidr.bits && Arrays.equals(network, cidr.network);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(network) + bits;
    }

    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(network).getHostAddress() + "/" + bits;
        } catch (UnknownHostException e) {
            throw new AssertionError("four or sixteen bytes are an address", e);
        }
    }

    private static int number(String text, int most) {
        if (!text.matches("\\d{1,3}")) {
            return -1;
        }
        int number = Integer.parseInt(text);
        return number <= most ? number : -1;
    }

    private static boolean isClearBehind(byte[] network, int bits) {
        for (int bit = bits; bit < network.length * Byte.SIZE; bit++) {
            if ((network[bit / Byte.SIZE] & 0x80 >> bit % Byte.SIZE) != 0) {
                return false;
            }
        }
        return true;
    }
}
