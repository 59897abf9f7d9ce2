package io.sluice.gateway.admission;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import io.sluice.gateway.config.Cidr;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The proxies that are believed when they say whom they speak for. Each of them appends whom it saw to {@code X-Forwarded-For} or to
 * {@code Forwarded} (RFC 7239); what stands further left came from outside and may be invented, so the lists are read from the right,
 * to the first that is none of ours. Immutable.
 */
public final class Proxies {

    private static final String X_FORWARDED_FOR = "x-forwarded-for";
    private static final String FORWARDED = "forwarded";

    /** {@code for=192.0.2.1}, {@code for="[2001:db8::1]:4711"} as one of the pairs of an element (RFC 7239, 4). */
    private static final Pattern FOR = Pattern.compile(
            "(?:^|;)\\s*for=(?:\"([^\"]{0,80})\"|([^;\\s\"]{0,80}))\\s*(?:;|$)", Pattern.CASE_INSENSITIVE);

    /** Proxies on the way of one request; more are not believed. */
    private static final int MOST_HOPS = 16;

    private final List<Cidr> blocks;

    public Proxies(List<Cidr> blocks) {
        this.blocks = List.copyOf(blocks);
    }

    /** Whether {@code address} is one of them. */
    public boolean trusts(InetAddress address) {
        for (Cidr block : blocks) {
            if (block.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /**
     * For whom {@code peer} speaks in this request: itself, if it is no proxy of ours, or one that says nothing, or that passes on two
     * headers which contradict each other.
     */
    public InetAddress client(InetAddress peer, HttpHeaders headers) {
        if (blocks.isEmpty() || !trusts(peer)) {
            return peer;
        }
        InetAddress byList = walk(peer, elements(headers, X_FORWARDED_FOR), false);
        InetAddress byForwarded = walk(peer, elements(headers, FORWARDED), true);
        if (byList.equals(byForwarded) || byForwarded.equals(peer)) {
            return byList;
        }
        // Who sets one of them may well pass on the other as it came.
        return byList.equals(peer) && !headers.contains(X_FORWARDED_FOR) ? byForwarded : peer;
    }

    /** From the right, as long as a proxy of ours says it. */
    private InetAddress walk(InetAddress peer, List<String> elements, boolean forwarded) {
        InetAddress at = peer;
        int hops = 0;
        for (int i = elements.size() - 1; i >= 0 && trusts(at) && hops++ < MOST_HOPS; i--) {
            InetAddress before = forwarded
                    ? forwardedFor(elements.get(i))
                    : address(elements.get(i).strip());
            if (before == null) {
                return at;
            }
            at = before;
        }
        return at;
    }

    private static List<String> elements(HttpHeaders headers, String name) {
        List<String> elements = new ArrayList<>();
        for (String value : headers.getAll(name)) {
            elements.addAll(List.of(value.split(",", -1)));
        }
        return elements;
    }

    private static @Nullable InetAddress forwardedFor(String element) {
        Matcher matcher = FOR.matcher(element.strip());
        if (!matcher.find()) {
            return null;
        }
        return address(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
    }

    /** An address with or without a port; null for {@code unknown}, obfuscated names, and whatever else is none. */
    private static @Nullable InetAddress address(String text) {
        String host = text;
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            host = end < 0 ? "" : text.substring(1, end);
        } else if (text.indexOf(':') >= 0 && text.indexOf(':') == text.lastIndexOf(':')) {
            host = text.substring(0, text.indexOf(':'));
        }
        byte[] bytes = host.indexOf('%') >= 0 ? null : NetUtil.createByteArrayFromIpAddressString(host);
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError("four or sixteen bytes are an address", e);
        }
    }
}
