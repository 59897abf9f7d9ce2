@NullMarked
package io.sluice.bridge.amqp;

import org.jspecify.annotations.NullMarked;
