@NullMarked
package io.sluice.gateway.session;

import org.jspecify.annotations.NullMarked;
