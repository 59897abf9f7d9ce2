/** A real Chromium for tests, driven over the Chrome DevTools Protocol with nothing but the JDK's HTTP and WebSocket client. */
@NullMarked
package io.sluice.gateway.browser;

import org.jspecify.annotations.NullMarked;
