package io.sluice.gateway.server;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Pages that the public port serves beside {@code /ws}: none but in development. */
@FunctionalInterface
public interface StaticResources {

    /** Nothing but {@code /ws}. */
    StaticResources NONE = path -> null;

    /** One response: its headers but for the length, and its body, which is shared. */
    record Resource(Map<String, String> headers, byte[] body) {}

    /** The resource at a path without its query; null where there is none. Any thread. */
    @Nullable
    Resource find(String path);
}
