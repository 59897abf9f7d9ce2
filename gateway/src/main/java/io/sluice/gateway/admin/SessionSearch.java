package io.sluice.gateway.admin;

import io.sluice.gateway.operations.HttpExchange;
import io.sluice.gateway.session.SessionState;
import java.util.Comparator;
import java.util.Locale;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which sessions, in which order, and how many.
 *
 * @param principal the subject they act for; null: all
 * @param text what id, subject, address, origin or a subscription contain, in either case; empty: all
 * @param after by id only: those behind this id; null: from the first
 */
record SessionSearch(
        @Nullable String principal,
        String text,
        Order order,
        int limit,
        @Nullable String after) {

    private static final int DEFAULT_LIMIT = 100;
    private static final int MOST = 1000;

    /** The worst first, where it is not by id. */
    enum Order {
        ID,
        BYTES,
        LAG,
        DROPPED,
        DELIVERED,
        RECEIVED,
        AGE;

        Comparator<SessionState> comparator() {
            return switch (this) {
                case ID -> Comparator.comparing(SessionState::id);
                case BYTES -> most(state -> state.outbox().bytes());
                case LAG -> most(state -> state.outbox().lagNanos());
                case DROPPED -> most(state -> state.outbox().dropped());
                case DELIVERED -> most(state -> state.outbox().delivered());
                case RECEIVED -> most(SessionState::received);
                case AGE -> most(state -> state.age().toNanos());
            };
        }

        private static Comparator<SessionState> most(ToLongFunction<SessionState> figure) {
            return Comparator.comparingLong(figure).reversed().thenComparing(SessionState::id);
        }
    }

    /** @throws BadRequest with a sentence that says what to do */
    static SessionSearch of(HttpExchange exchange) throws BadRequest {
        String sort = exchange.parameter("sort");
        Order order = sort == null ? Order.ID : order(sort);
        String after = exchange.parameter("after");
        if (after != null && order != Order.ID) {
            throw new BadRequest("after goes on by id: leave sort out.");
        }
        String text = exchange.parameter("q");
        return new SessionSearch(
                exchange.parameter("principal"),
                text == null ? "" : text.toLowerCase(Locale.ROOT),
                order,
                BadRequest.number(exchange, "limit", DEFAULT_LIMIT, MOST),
                after);
    }

    boolean matches(SessionState state) {
        return (principal == null || state.actsFor(principal)) && (text.isEmpty() || hasText(state));
    }

    /** Whether it comes behind what was told before. */
    boolean isNext(SessionState state) {
        return after == null || state.id().compareTo(after) > 0;
    }

    private boolean hasText(SessionState state) {
        return has(state.id())
                || has(state.peer().address())
                || (state.peer().origin() != null && has(state.peer().origin()))
                || (state.principal() != null && has(state.principal().subject()))
                || state.subscriptions().stream().anyMatch(pattern -> has(pattern.toString()));
    }

    private boolean has(String value) {
        return value.toLowerCase(Locale.ROOT).contains(text);
    }

    private static Order order(String name) throws BadRequest {
        for (Order order : Order.values()) {
            if (order.name().toLowerCase(Locale.ROOT).equals(name)) {
                return order;
            }
        }
        throw new BadRequest("sort is one of id, bytes, lag, dropped, delivered, received and age.");
    }
}
