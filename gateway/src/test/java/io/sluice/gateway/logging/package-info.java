@NullMarked
package io.sluice.gateway.logging;

import org.jspecify.annotations.NullMarked;
