@NullMarked
package io.sluice.bench.client;

import org.jspecify.annotations.NullMarked;
