@NullMarked
package io.sluice.protocol.subprotocol;

import org.jspecify.annotations.NullMarked;
