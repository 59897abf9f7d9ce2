/** How events become lines: escaped, paced, and from which level on. */
@NullMarked
package io.sluice.gateway.logging;

import org.jspecify.annotations.NullMarked;
