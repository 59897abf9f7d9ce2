/** What operators do with a running node: look, watch, disconnect, drain; and what is told of sessions to others. */
@NullMarked
package io.sluice.gateway.admin;

import org.jspecify.annotations.NullMarked;
