/**
 * What {@code sluice dev} has and {@code sluice serve} has not: a broker in this process, sample events, a demo page. Nothing outside
 * this package depends on Qpid, whose jars are in {@code lib/dev} and never on the production class path.
 */
@NullMarked
package io.sluice.gateway.dev;

import org.jspecify.annotations.NullMarked;
