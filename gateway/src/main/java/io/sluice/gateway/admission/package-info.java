/** Who is let in: origin and token become a principal or a refusal. What has to be asked for over the network is asked on threads of its own. */
@NullMarked
package io.sluice.gateway.admission;

import org.jspecify.annotations.NullMarked;
