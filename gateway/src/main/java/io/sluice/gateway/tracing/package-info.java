/** Spans of what the gateway does, for OpenTelemetry. Nothing of it runs unless it is configured. */
@NullMarked
package io.sluice.gateway.tracing;

import org.jspecify.annotations.NullMarked;
