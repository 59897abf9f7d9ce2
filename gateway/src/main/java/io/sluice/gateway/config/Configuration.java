package io.sluice.gateway.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * The configuration file as a value: each record and component is named as its key. Sizes are bytes. No {@code toString} tells a
 * secret. Immutable.
 *
 * @param proxies those that are believed when they say whom they speak for
 * @param origins {@code scheme://host[:port]} of the pages that may connect; {@code *} for all
 * @param topics in order: the first rule that matches decides
 * @param permissions grants; what none allows is forbidden
 * @param insecure whether {@link ServeRules} are waived
 */
public record Configuration(
        List<Listener> listeners,
        List<Cidr> proxies,
        Operations operations,
        Amqp amqp,
        List<String> origins,
        Authentication authentication,
        List<TopicRule> topics,
        List<Permission> permissions,
        Limits limits,
        WebSocket websocket,
        Fanout fanout,
        Drain drain,
        Log log,
        boolean insecure) {

    /** What an empty file means. */
    public static final Configuration DEFAULT = new Configuration(
            List.of(Listener.DEFAULT),
            List.of(),
            Operations.DEFAULT,
            Amqp.DEFAULT,
            List.of(),
            Authentication.DEFAULT,
            List.of(),
            List.of(),
            Limits.DEFAULT,
            WebSocket.DEFAULT,
            Fanout.DEFAULT,
            Drain.DEFAULT,
            Log.DEFAULT,
            false);

    public Configuration {
        listeners = List.copyOf(listeners);
        proxies = List.copyOf(proxies);
        origins = List.copyOf(origins);
        topics = List.copyOf(topics);
        permissions = List.copyOf(permissions);
    }

    /** This, with whatever of {@code running} is looked at only when a node starts: ports, broker and topics among it. */
    public Configuration appliedTo(Configuration running) {
        return new Configuration(
                running.listeners,
                proxies,
                running.operations,
                running.amqp,
                origins,
                authentication,
                running.topics,
                permissions,
                limits,
                websocket,
                running.fanout,
                drain,
                log,
                insecure);
    }

    /**
     * A public port; 0 is any free one. Plain where {@code tls} is null.
     *
     * @param proxyProtocol whether each connection begins with a header of the PROXY protocol, and comes from one of the proxies
     */
    public record Listener(String host, int port, @Nullable Tls tls, boolean proxyProtocol) {
        public static final Listener DEFAULT = new Listener("0.0.0.0", 8080, null, false);

        /** Host and port as configured, for sentences and metrics. */
        public String name() {
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /**
     * The port for metrics, health and the admin API.
     *
     * @param adminToken empty: there is no admin API
     * @param accessLog whether each session that ends is a line of the log
     * @param traces where spans go; null: there are none
     */
    public record Operations(
            String host,
            int port,
            String adminToken,
            boolean accessLog,
            @Nullable Traces traces) {
        public static final Operations DEFAULT = new Operations("127.0.0.1", 9090, "", false, null);

        @Override
        public String toString() {
            return "Operations[host=%s, port=%d, adminToken=%s, accessLog=%s, traces=%s]"
                    .formatted(host, port, redacted(adminToken), accessLog, traces);
        }
    }

    /**
     * @param endpoint of a collector, for OTLP over HTTP
     * @param samplePercent of the traces that begin in the gateway
     */
    public record Traces(String endpoint, int samplePercent) {
        static final int DEFAULT_PERCENT = 1;
    }

    /**
     * Which topics it covers, and what stands behind them. Exactly one of {@code exchange} and {@code queue} is not null.
     *
     * @param match a correct pattern; one literal topic where there is a queue
     * @param headers AMQP headers let through to clients
     * @param contentType taken for bodies that have none
     * @param sensitive whether its messages are never compressed
     * @param queueLength messages that the live queue of a node may hold
     */
    public record TopicRule(
            String match,
            @Nullable String exchange,
            @Nullable String queue,
            Duration ackTimeout,
            @Nullable History history,
            Overflow overflow,
            boolean declare,
            Binding binding,
            boolean persistent,
            List<String> headers,
            @Nullable String contentType,
            boolean narrow,
            boolean sensitive,
            int queueLength) {

        public static final String DEFAULT_EXCHANGE = "amq.topic";

        /** Every default, on {@code #}. */
        public static final TopicRule DEFAULT = new TopicRule(
                "#",
                DEFAULT_EXCHANGE,
                null,
                Duration.ofMinutes(5),
                null,
                Overflow.DISCONNECT,
                false,
                Binding.PER_RULE,
                true,
                List.of(),
                null,
                false,
                false,
                10_000);

        public TopicRule {
            headers = List.copyOf(headers);
        }

        /** The same with another overflow policy. */
        public TopicRule with(Overflow other) {
            return new TopicRule(
                    match,
                    exchange,
                    queue,
                    ackTimeout,
                    history,
                    other,
                    declare,
                    binding,
                    persistent,
                    headers,
                    contentType,
                    narrow,
                    sensitive,
                    queueLength);
        }

        /** The same with a history. */
        public TopicRule with(History other) {
            return new TopicRule(
                    match,
                    exchange,
                    queue,
                    ackTimeout,
                    other,
                    overflow,
                    declare,
                    binding,
                    persistent,
                    headers,
                    contentType,
                    narrow,
                    sensitive,
                    queueLength);
        }
    }

    /** The stream behind a resumable rule. {@code windowBytes} and {@code windowMessages}: the newest that each node holds. */
    public record History(
            String stream,
            Duration maxAge,
            long maxBytes,
            long segmentBytes,
            long windowBytes,
            int windowMessages,
            int catchUpReaders) {

        /** Segments that {@code maxBytes} makes where {@code segmentBytes} is not told. */
        static final int DEFAULT_SEGMENTS = 16;

        /** Fewer segments than this and retention would cut away most of the history at once. */
        static final int FEWEST_SEGMENTS = 4;

        /** Every default, on an unnamed stream. */
        public static final History DEFAULT =
                new History("", Duration.ofHours(1), 1L << 30, (1L << 30) / DEFAULT_SEGMENTS, 16L << 20, 10_000, 4);
    }

    /** What happens to a session that reads too slowly. */
    public enum Overflow {
        DISCONNECT,
        DROP_OLDEST,
        CONFLATE
    }

    /** What is bound to the exchange. */
    public enum Binding {
        PER_RULE,
        PER_PATTERN
    }

    /**
     * One grant: what {@code role} may do, as patterns in which {@code {sub}} and {@code {claim.x}} stand for words.
     *
     * @param role null: everybody, anonymous too
     */
    public record Permission(
            @Nullable String role, List<String> subscribe, List<String> publish, List<String> request) {
        public Permission {
            subscribe = List.copyOf(subscribe);
            publish = List.copyOf(publish);
            request = List.copyOf(request);
        }
    }

    /**
     * Everything that is bounded.
     *
     * @param messageBytes of one message from a client
     * @param deliveryBytes of one body from AMQP
     * @param preAuthBytes of one message before the welcome
     * @param fragments frames of one message
     * @param headerBytes request line and headers of one request
     * @param handshakeTimeout from the accept of a connection to its upgrade
     * @param connections of this node
     * @param connectionsPerAddress from one remote address, or one /64 of IPv6
     * @param connectionsPerPrincipal of one subject of one issuer
     * @param authFailuresPerMinute from one remote address, as often at once
     * @param eventLoopLag how late an event loop may be before it takes no more handshakes
     * @param publishesPerSecond of one session on average, with a burst of twice as many
     * @param outboundBytes that may wait for one session
     * @param outboundAge of the oldest byte that waits for a session
     * @param nodeOutboundBytes that may wait for all slow sessions together, a message counted once
     * @param maxAge of a session, zero for no limit
     */
    public record Limits(
            long messageBytes,
            long deliveryBytes,
            long preAuthBytes,
            int fragments,
            long headerBytes,
            Duration handshakeTimeout,
            int connections,
            int connectionsPerAddress,
            int connectionsPerPrincipal,
            int authFailuresPerMinute,
            Duration eventLoopLag,
            int subscriptionsPerSession,
            int publishesPerSecond,
            long outboundBytes,
            Duration outboundAge,
            long nodeOutboundBytes,
            Duration maxAge) {
        public static final Limits DEFAULT = new Limits(
                64 << 10,
                1 << 20,
                8 << 10,
                1024,
                16 << 10,
                Duration.ofSeconds(10),
                100_000,
                1000,
                1000,
                300,
                Duration.ofSeconds(1),
                128,
                50,
                1 << 20,
                Duration.ofSeconds(60),
                64 << 20,
                Duration.ZERO);
    }

    /** @param compression whether permessage-deflate is offered (RFC 7692) */
    public record WebSocket(boolean compression, Duration pingInterval, Duration pongTimeout, Duration closeTimeout) {
        public static final WebSocket DEFAULT =
                new WebSocket(false, Duration.ofSeconds(25), Duration.ofSeconds(10), Duration.ofSeconds(5));
    }

    /** @param maxDelay a message may wait so long for others to share a system call with */
    public record Fanout(Duration maxDelay) {
        public static final Fanout DEFAULT = new Fanout(Duration.ofMillis(2));
    }

    /**
     * How a node goes down.
     *
     * @param delay from not ready until new connections are refused
     * @param window over which the sessions are sent away
     */
    public record Drain(Duration delay, Duration window) {
        public static final Drain DEFAULT = new Drain(Duration.ofSeconds(5), Duration.ofSeconds(30));
    }

    /**
     * What is logged.
     *
     * @param level from which on events are; null for that of the environment, {@code SLUICE_LOG_LEVEL}
     */
    public record Log(@Nullable Level level) {
        public static final Log DEFAULT = new Log(null);
    }

    static String redacted(String secret) {
        return secret.isEmpty() ? "" : "***";
    }
}
