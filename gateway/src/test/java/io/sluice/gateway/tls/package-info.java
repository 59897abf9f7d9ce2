@NullMarked
package io.sluice.gateway.tls;

import org.jspecify.annotations.NullMarked;
