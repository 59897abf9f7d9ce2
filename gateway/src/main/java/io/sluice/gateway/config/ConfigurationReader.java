package io.sluice.gateway.config;

import io.sluice.gateway.config.Configuration.Drain;
import io.sluice.gateway.config.Configuration.Fanout;
import io.sluice.gateway.config.Configuration.Limits;
import io.sluice.gateway.config.Configuration.Listener;
import io.sluice.gateway.config.Configuration.Log;
import io.sluice.gateway.config.Configuration.Operations;
import io.sluice.gateway.config.Configuration.Permission;
import io.sluice.gateway.config.Configuration.Traces;
import io.sluice.gateway.config.Configuration.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** The file's sections onto the records of {@link Configuration}. */
final class ConfigurationReader {

    static final Duration LEAST = Duration.ofMillis(1);
    static final Duration LONGEST = Duration.ofDays(365);
    static final long LARGEST = 1L << 30;

    private final PathReader files;

    private ConfigurationReader(PathReader files) {
        this.files = files;
    }

    /** @param directory where relative paths start; null: they stay as they are, unchecked */
    static Configuration read(Section root, @Nullable Path directory) {
        return root.read(new ConfigurationReader(new PathReader(directory))::configuration);
    }

    private Configuration configuration(Section root) {
        Configuration absent = Configuration.DEFAULT;
        return new Configuration(
                root.sections("listeners", absent.listeners(), this::listener),
                proxies(root),
                root.section("operations", absent.operations(), ConfigurationReader::operations),
                root.section("amqp", absent.amqp(), section -> AmqpReader.amqp(section, files)),
                root.texts("origins", absent.origins(), ConfigurationReader::originProblem),
                root.section(
                        "authentication",
                        absent.authentication(),
                        section -> AuthenticationReader.authentication(section, files)),
                root.sections("topics", absent.topics(), TopicRuleReader::rule),
                root.sections("permissions", absent.permissions(), ConfigurationReader::permission),
                root.section("limits", absent.limits(), ConfigurationReader::limits),
                root.section("websocket", absent.websocket(), ConfigurationReader::webSocket),
                root.section("fanout", absent.fanout(), ConfigurationReader::fanout),
                root.section("drain", absent.drain(), ConfigurationReader::drain),
                root.section("log", absent.log(), ConfigurationReader::log),
                root.flag("insecure", absent.insecure()));
    }

    private Listener listener(Section section) {
        if (!section.has("port")) {
            section.problem("port", "This key is missing: add it; 0 takes any free port.");
        }
        return new Listener(
                section.text("host", Listener.DEFAULT.host()),
                port(section, Listener.DEFAULT.port()),
                section.section("tls", tls -> TlsReader.tls(tls, files)),
                section.flag("proxyProtocol", Listener.DEFAULT.proxyProtocol()));
    }

    private static List<Cidr> proxies(Section root) {
        List<String> blocks = root.texts(
                "proxies",
                List.of(),
                block -> Cidr.parse(block) != null
                        ? null
                        : "Expected an address or a block of addresses such as 10.0.0.0/8 or 2001:db8::/32, with nothing behind its prefix, found "
                                + Section.quoted(block) + ".");
        return blocks.stream().map(Cidr::parse).filter(Objects::nonNull).toList();
    }

    private static Operations operations(Section section) {
        Operations absent = Operations.DEFAULT;
        return new Operations(
                section.text("host", absent.host()),
                port(section, absent.port()),
                section.text("adminToken", absent.adminToken()),
                section.flag("accessLog", absent.accessLog()),
                section.section("traces", ConfigurationReader::traces));
    }

    private static Traces traces(Section section) {
        String endpoint = section.required("endpoint");
        if (!endpoint.isEmpty() && !endpoint.matches("https?://[^\\s/?#]+\\S*")) {
            section.problem(
                    "endpoint",
                    "Expected a URI such as http://localhost:4318/v1/traces, found " + Section.quoted(endpoint) + ".");
        }
        return new Traces(endpoint, section.number("samplePercent", Traces.DEFAULT_PERCENT, 0, 100));
    }

    private static @Nullable String originProblem(String origin) {
        return origin.equals("*") || Origin.parse(origin) != null
                ? null
                : "Expected an origin such as https://app.example.com or http://localhost:3000, in ASCII and with no path, found "
                        + Section.quoted(origin) + ".";
    }

    private static Permission permission(Section section) {
        Permission permission = new Permission(
                section.has("role") ? section.required("role") : section.text("role"),
                section.texts("subscribe", List.of(), GrantPattern::problem),
                section.texts("publish", List.of(), GrantPattern::problem),
                section.texts("request", List.of(), GrantPattern::problem));
        if (!section.has("subscribe") && !section.has("publish") && !section.has("request")) {
            section.problem("subscribe", "This grant allows nothing: give it subscribe, publish or request.");
        }
        return permission;
    }

    private static Limits limits(Section section) {
        Limits absent = Limits.DEFAULT;
        return new Limits(
                section.size("messageBytes", absent.messageBytes(), 1, LARGEST),
                section.size("deliveryBytes", absent.deliveryBytes(), 1, LARGEST),
                section.size("preAuthBytes", absent.preAuthBytes(), 1, LARGEST),
                count(section, "fragments", absent.fragments()),
                section.size("headerBytes", absent.headerBytes(), 1, LARGEST),
                section.duration("handshakeTimeout", absent.handshakeTimeout(), LEAST, LONGEST),
                count(section, "connections", absent.connections()),
                count(section, "connectionsPerAddress", absent.connectionsPerAddress()),
                count(section, "connectionsPerPrincipal", absent.connectionsPerPrincipal()),
                count(section, "authFailuresPerMinute", absent.authFailuresPerMinute()),
                section.duration("eventLoopLag", absent.eventLoopLag(), LEAST, LONGEST),
                count(section, "subscriptionsPerSession", absent.subscriptionsPerSession()),
                count(section, "publishesPerSecond", absent.publishesPerSecond()),
                section.size("outboundBytes", absent.outboundBytes(), 1, LARGEST),
                section.duration("outboundAge", absent.outboundAge(), Duration.ofSeconds(1), LONGEST),
                section.size("nodeOutboundBytes", absent.nodeOutboundBytes(), 1, LARGEST),
                section.duration("maxAge", absent.maxAge(), Duration.ZERO, LONGEST));
    }

    private static WebSocket webSocket(Section section) {
        WebSocket absent = WebSocket.DEFAULT;
        return new WebSocket(
                section.flag("compression", absent.compression()),
                section.duration("pingInterval", absent.pingInterval(), LEAST, LONGEST),
                section.duration("pongTimeout", absent.pongTimeout(), LEAST, LONGEST),
                section.duration("closeTimeout", absent.closeTimeout(), LEAST, LONGEST));
    }

    private static Fanout fanout(Section section) {
        return new Fanout(
                section.duration("maxDelay", Fanout.DEFAULT.maxDelay(), Duration.ZERO, Duration.ofSeconds(10)));
    }

    private static Log log(Section section) {
        return new Log(section.has("level") ? section.choice("level", Level.INFO, Level.values()) : null);
    }

    private static Drain drain(Section section) {
        return new Drain(
                section.duration("delay", Drain.DEFAULT.delay(), Duration.ZERO, LONGEST),
                section.duration("window", Drain.DEFAULT.window(), Duration.ZERO, LONGEST));
    }

    private static int port(Section section, int absent) {
        return section.number("port", absent, 0, 65_535);
    }

    static int count(Section section, String key, int absent) {
        return section.number(key, absent, 1, Integer.MAX_VALUE);
    }
}
