/** Who is let in: origin and token become a principal or a refusal. Pure decisions, no I/O. */
@NullMarked
package io.sluice.gateway.admission;

import org.jspecify.annotations.NullMarked;
