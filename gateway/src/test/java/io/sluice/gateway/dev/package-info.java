@NullMarked
package io.sluice.gateway.dev;

import org.jspecify.annotations.NullMarked;
