/** The one YAML file as values: records, their loader, and what is wrong with them. */
@NullMarked
package io.sluice.gateway.config;

import org.jspecify.annotations.NullMarked;
