package io.sluice.gateway.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.gateway.operations.HttpAnswer;
import io.sluice.gateway.operations.HttpExchange;
import io.sluice.gateway.operations.OperationsPaths;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * {@code /admin/…} for whoever has the token, and the console's page for whoever asks: without the token it shows nothing. What is
 * asked of sessions is gathered on their event loops, a few in each turn, and answered when all have told.
 */
public final class AdminApi implements OperationsPaths {

    private static final Logger LOG = LoggerFactory.getLogger(AdminApi.class);

    private static final String PREFIX = "/admin/";
    private static final String SESSION = "sessions/";
    private static final long ANSWER_SECONDS = 10;

    private final AdminToken token;
    private final RunningNode node;
    private final Disconnects disconnects;
    private final Inspection inspection;
    private final TapRequests taps;
    private final Console console = Console.load();

    /** @param token not empty */
    public AdminApi(String token, RunningNode node, Disconnects disconnects, TopicRates rates, Taps taps) {
        this.token = new AdminToken(token);
        this.node = node;
        this.disconnects = disconnects;
        inspection = new Inspection(node, rates);
        this.taps = new TapRequests(node.sessions(), taps);
    }

    @Override
    public boolean has(String path) {
        return path.startsWith(PREFIX) || console.has(path);
    }

    @Override
    public void serve(HttpExchange exchange) {
        if (!exchange.path().startsWith(PREFIX)) {
            exchange.answer(console.page(exchange));
        } else if (!token.isIn(exchange.authorization())) {
            exchange.answer(HttpAnswer.error(
                            HttpResponseStatus.UNAUTHORIZED,
                            "Send Authorization: Bearer with the token of operations.adminToken.")
                    .with(HttpHeaderNames.WWW_AUTHENTICATE.toString(), "Bearer"));
        } else {
            try {
                route(exchange, exchange.path().substring(PREFIX.length()));
            } catch (BadRequest refused) {
                exchange.answer(HttpAnswer.error(HttpResponseStatus.BAD_REQUEST, refused.sentence()));
            }
        }
    }

    private void route(HttpExchange exchange, String path) throws BadRequest {
        boolean get = exchange.method().equals(HttpMethod.GET);
        boolean delete = exchange.method().equals(HttpMethod.DELETE);
        if (get && path.equals("sessions")) {
            answer(exchange, inspection.sessions(SessionSearch.of(exchange)));
        } else if (delete && path.equals("sessions")) {
            String principal = exchange.parameter("principal");
            if (principal == null || principal.isEmpty()) {
                throw new BadRequest("Say which principal: DELETE sessions?principal=SUBJECT, or sessions/ID for one.");
            }
            LOG.info("{} disconnects the principal {}", exchange.address(), principal);
            answer(
                    exchange,
                    disconnects
                            .principal(principal, exchange.parameter("issuer"))
                            .thenApply(Inspection::ended));
        } else if (get && path.startsWith(SESSION)) {
            found(exchange, inspection.session(path.substring(SESSION.length())));
        } else if (delete && path.startsWith(SESSION)) {
            String id = path.substring(SESSION.length());
            LOG.info("{} disconnects the session {}", exchange.address(), id);
            found(exchange, disconnects.session(id).thenApply(count -> count == 0 ? null : Inspection.ended(count)));
        } else if (get && path.equals("topics")) {
            answer(exchange, inspection.topics(BadRequest.number(exchange, "limit", 100, 1000)));
        } else if (get && path.equals("rules")) {
            answer(exchange, CompletableFuture.completedFuture(inspection.rules()));
        } else if (get && path.equals("broker")) {
            answer(exchange, CompletableFuture.completedFuture(inspection.broker()));
        } else if (get && path.equals("tap")) {
            taps.serve(exchange);
        } else if (exchange.method().equals(HttpMethod.POST) && path.equals("drain")) {
            LOG.info("{} drains this node", exchange.address());
            exchange.answer(HttpAnswer.json(
                    HttpResponseStatus.ACCEPTED,
                    Inspection.draining(node.sessions().count())));
            node.drain().run();
        } else {
            exchange.answer(nothing(path));
        }
    }

    private static HttpAnswer nothing(String path) {
        return switch (path) {
            case "sessions", "topics", "rules", "broker", "tap", "drain" ->
                HttpAnswer.error(
                        HttpResponseStatus.METHOD_NOT_ALLOWED,
                        "sessions has GET and DELETE, drain has POST, the others have GET.");
            default ->
                HttpAnswer.error(
                        HttpResponseStatus.NOT_FOUND,
                        "Here are sessions, sessions/ID, topics, rules, broker, tap and drain.");
        };
    }

    private static void answer(HttpExchange exchange, CompletableFuture<? extends JsonNode> later) {
        found(exchange, later);
    }

    /** What is null when it is known was not there. */
    private static void found(HttpExchange exchange, CompletableFuture<? extends JsonNode> later) {
        var unused = later.orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).handle((body, failure) -> {
            if (failure != null) {
                LOG.warn("a question of {} was not answered: {}", exchange.address(), failure.toString());
                exchange.answer(HttpAnswer.error(
                        HttpResponseStatus.SERVICE_UNAVAILABLE, "The event loops do not answer: try again later."));
            } else if (body == null) {
                exchange.answer(HttpAnswer.error(HttpResponseStatus.NOT_FOUND, "There is no such session here."));
            } else {
                exchange.answer(HttpAnswer.json(HttpResponseStatus.OK, body));
            }
            return null;
        });
    }
}
