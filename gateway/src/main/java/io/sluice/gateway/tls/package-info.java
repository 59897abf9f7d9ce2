/** Certificates and keys: from files, for the listeners and for the way to the broker, and anew when the files change. */
@NullMarked
package io.sluice.gateway.tls;

import org.jspecify.annotations.NullMarked;
