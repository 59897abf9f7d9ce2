@NullMarked
package io.sluice.protocol.websocket.deflate;

import org.jspecify.annotations.NullMarked;
