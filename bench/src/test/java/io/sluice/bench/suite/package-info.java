@NullMarked
package io.sluice.bench.suite;

import org.jspecify.annotations.NullMarked;
