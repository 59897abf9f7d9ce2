package io.sluice.gateway.admin;

import io.sluice.gateway.session.Session;
import io.sluice.gateway.session.SessionListener;
import io.sluice.gateway.session.SessionState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line for each session that ends, by the logger {@code access}; the fields stand beside the line where the log is JSON. */
public final class AccessLog implements SessionListener {

    private static final Logger LOG = LoggerFactory.getLogger("access");

    @Override
    public void closed(Session session, int code) {
        SessionState state = session.state();
        String who = state.principal() == null ? "-" : state.principal().toString();
        String origin = state.peer().origin() == null ? "-" : state.peer().origin();
        LOG.atInfo()
                .addKeyValue("session", state.id())
                .addKeyValue("principal", who)
                .addKeyValue("address", state.peer().address())
                .addKeyValue("origin", origin)
                .addKeyValue("protocol", state.protocol())
                .addKeyValue("code", code)
                .addKeyValue("durationMillis", state.age().toMillis())
                .addKeyValue("received", state.received())
                .addKeyValue("delivered", state.outbox().delivered())
                .addKeyValue("dropped", state.outbox().dropped())
                .log(
                        "{} {} {} {} {} {} {} ms, received {}, delivered {}, dropped {}",
                        state.id(),
                        who,
                        state.peer().address(),
                        origin,
                        state.protocol(),
                        code,
                        state.age().toMillis(),
                        state.received(),
                        state.outbox().delivered(),
                        state.outbox().dropped());
    }
}
