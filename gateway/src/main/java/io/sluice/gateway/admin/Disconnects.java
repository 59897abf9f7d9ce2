package io.sluice.gateway.admin;

import io.sluice.gateway.session.Session;
import io.sluice.gateway.session.SessionEnd;
import io.sluice.gateway.session.Sessions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Ends sessions with 4403. Any thread; never blocks. */
public final class Disconnects {

    private final Sessions sessions;

    public Disconnects(Sessions sessions) {
        this.sessions = sessions;
    }

    /** Gives how many there were: 0 or 1. */
    public CompletableFuture<Integer> session(String id) {
        return disconnect(session -> session.id().equals(id));
    }

    /**
     * All that act for {@code subject}.
     *
     * @param issuer null: of any issuer
     */
    public CompletableFuture<Integer> principal(String subject, @Nullable String issuer) {
        return disconnect(session -> session.isOf(subject, issuer));
    }

    private CompletableFuture<Integer> disconnect(Predicate<Session> which) {
        CompletableFuture<Integer> disconnected = new CompletableFuture<>();
        AtomicInteger count = new AtomicInteger();
        sessions.visit(
                session -> {
                    if (which.test(session)) {
                        count.incrementAndGet();
                        session.end(SessionEnd.DISCONNECTED);
                    }
                },
                () -> disconnected.complete(count.get()));
        return disconnected;
    }
}
