@NullMarked
package io.sluice.protocol.websocket.netty;

import org.jspecify.annotations.NullMarked;
