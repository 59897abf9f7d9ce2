/** What RFC 6455 wants of a server, section by section, asked of the echo server over a real socket. */
@NullMarked
package io.sluice.protocol.websocket.conformance;

import org.jspecify.annotations.NullMarked;
