/** Who may subscribe to, publish to and request what. */
@NullMarked
package io.sluice.gateway.policy;

import org.jspecify.annotations.NullMarked;
