package io.sluice.gateway.admission;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.Origin;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which pages may connect (RFC 6455, 10.2). Origins are compared as wholes in their canonical form, never by prefix or suffix.
 * Immutable.
 */
public final class Origins {

    /** What the {@code Origin} of a request is. */
    public enum Check {
        /** There is none: not a browser. */
        ABSENT,
        LISTED,
        /** Not listed, {@code null}, no origin at all, or more than one. */
        REFUSED
    }

    private final Predicate<String> listed;

    private Origins(Predicate<String> listed) {
        this.listed = listed;
    }

    /** Those of {@code origins}; every one, {@code null} too, where it is {@code insecure} and says {@code *} or lists none. */
    public static Origins of(Configuration configuration) {
        List<String> origins = configuration.origins();
        if (configuration.insecure() && (origins.isEmpty() || origins.contains("*"))) {
            return new Origins(origin -> true);
        }
        Set<Origin> set = new HashSet<>();
        for (String text : origins) {
            Origin origin = Origin.parse(text);
            if (origin != null) {
                set.add(origin);
            }
        }
        return new Origins(text -> {
            Origin origin = Origin.parse(text);
            return origin != null && set.contains(origin);
        });
    }

    /** Pages of this machine, on any port. */
    public static Origins localhost() {
        return new Origins(text -> {
            Origin origin = Origin.parse(text);
            return origin != null && origin.local();
        });
    }

    /** What the {@code Origin} among {@code headers} is. */
    public Check check(HttpHeaders headers) {
        List<String> values = headers.getAll(HttpHeaderNames.ORIGIN);
        if (values.isEmpty()) {
            return Check.ABSENT;
        }
        return values.size() == 1 && listed.test(values.get(0)) ? Check.LISTED : Check.REFUSED;
    }
}
