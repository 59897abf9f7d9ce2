@NullMarked
package io.sluice.gateway.fanout;

import org.jspecify.annotations.NullMarked;
