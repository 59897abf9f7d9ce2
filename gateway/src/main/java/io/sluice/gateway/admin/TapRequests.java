package io.sluice.gateway.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.operations.HttpAnswer;
import io.sluice.gateway.operations.HttpExchange;
import io.sluice.gateway.session.Sessions;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@code GET tap?session=ID} and {@code GET tap?topic=PATTERN}: Server-Sent Events until time or messages are used up. */
final class TapRequests {

    private static final int SECONDS = 60;
    private static final int MOST_SECONDS = 600;
    private static final int MESSAGES = 1000;
    private static final int MOST_MESSAGES = 10_000;

    private final Sessions sessions;
    private final Taps taps;

    TapRequests(Sessions sessions, Taps taps) {
        this.sessions = sessions;
        this.taps = taps;
    }

    void serve(HttpExchange exchange) throws BadRequest {
        String session = exchange.parameter("session");
        String topic = exchange.parameter("topic");
        if ((session == null) == (topic == null)) {
            throw new BadRequest("Say what to watch: either session=ID or topic=PATTERN.");
        }
        String problem = topic == null ? null : TopicPattern.problem(topic);
        if (problem != null) {
            throw new BadRequest(problem);
        }
        Tap.Terms terms = terms(exchange);
        if (!taps.take()) {
            exchange.answer(HttpAnswer.error(
                    HttpResponseStatus.TOO_MANY_REQUESTS, "Four taps are open on this node: end one of them first."));
        } else if (topic != null) {
            taps.topic(TopicPattern.of(topic), terms, exchange.stream(), exchange.address());
        } else if (session != null) {
            tap(session, terms, exchange);
        }
    }

    private void tap(String id, Tap.Terms terms, HttpExchange exchange) {
        AtomicBoolean found = new AtomicBoolean();
        sessions.visit(
                session -> {
                    if (session.id().equals(id)) {
                        found.set(true);
                        taps.session(session, terms, exchange.stream(), exchange.address());
                    }
                },
                () -> {
                    if (!found.get()) {
                        taps.giveBack();
                        exchange.answer(
                                HttpAnswer.error(HttpResponseStatus.NOT_FOUND, "There is no such session here."));
                    }
                });
    }

    private static Tap.Terms terms(HttpExchange exchange) throws BadRequest {
        String payload = exchange.parameter("payload");
        if (payload != null && !payload.equals("true") && !payload.equals("false")) {
            throw new BadRequest("payload is true or false.");
        }
        return new Tap.Terms(
                "true".equals(payload),
                Duration.ofSeconds(BadRequest.number(exchange, "seconds", SECONDS, MOST_SECONDS)),
                BadRequest.number(exchange, "messages", MESSAGES, MOST_MESSAGES));
    }
}
