@NullMarked
package io.sluice.protocol.websocket;

import org.jspecify.annotations.NullMarked;
