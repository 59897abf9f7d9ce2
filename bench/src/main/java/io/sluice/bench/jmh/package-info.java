/** The WebSocket codec beside Netty's and the JDK's, by JMH. {@link io.sluice.bench.jmh.CodecBench} runs them all and prints the ratios. */
@NullMarked
package io.sluice.bench.jmh;

import org.jspecify.annotations.NullMarked;
