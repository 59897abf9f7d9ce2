package io.sluice.gateway.operations;

import io.sluice.bridge.BrokerState;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Whether this node lives and whether it should be sent new connections. Any thread. */
public final class Health {

    private final Supplier<BrokerState> broker;
    private volatile boolean started;
    private volatile boolean draining;
    private volatile boolean refusing;

    public Health(Supplier<BrokerState> broker) {
        this.broker = broker;
    }

    /** The listeners are bound. */
    public void started() {
        started = true;
    }

    /** The node is going away. Connections that still come are served: a load balancer needs a while to hear of it. */
    public void draining() {
        draining = true;
    }

    /** From now on no connection becomes a session. */
    public void refusing() {
        refusing = true;
    }

    public boolean isRefusing() {
        return refusing;
    }

    /** Why no new connection should come here; null where it may. */
    public @Nullable String notReady() {
        if (draining) {
            return "draining";
        }
        if (!started) {
            return "starting";
        }
        BrokerState state = broker.get();
        if (!state.connected()) {
            return Objects.requireNonNullElse(state.reason(), "no broker");
        }
        return null;
    }
}
