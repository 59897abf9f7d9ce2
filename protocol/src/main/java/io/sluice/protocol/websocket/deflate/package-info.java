/** permessage-deflate (RFC 7692). Knows nothing of frames: it agrees on parameters, and turns payloads into payloads. */
@NullMarked
package io.sluice.protocol.websocket.deflate;

import org.jspecify.annotations.NullMarked;
