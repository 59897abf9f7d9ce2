@NullMarked
package io.sluice.bridge.topic;

import org.jspecify.annotations.NullMarked;
