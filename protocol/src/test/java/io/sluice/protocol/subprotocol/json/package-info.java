@NullMarked
package io.sluice.protocol.subprotocol.json;

import org.jspecify.annotations.NullMarked;
