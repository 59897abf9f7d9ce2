package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.bridge.amqp.AmqpBroker;
import io.sluice.bridge.topic.TopicRules;
import io.sluice.gateway.admission.Admission;
import io.sluice.gateway.admission.Origins;
import io.sluice.gateway.admission.PrincipalCounts;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.ConfigurationLoader;
import io.sluice.gateway.config.LoadResult.Loaded;
import io.sluice.gateway.fanout.Encoding;
import io.sluice.gateway.fanout.OutboundBudget;
import io.sluice.gateway.fanout.Shard;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.operations.Health;
import io.sluice.gateway.policy.Grants;
import io.sluice.gateway.policy.Rules;
import io.sluice.gateway.server.Overload;
import io.sluice.gateway.server.PublicServer;
import io.sluice.gateway.server.StaticResources;
import io.sluice.gateway.session.PublishKeys;
import io.sluice.gateway.session.SessionContext;
import io.sluice.gateway.session.Sessions;
import io.sluice.protocol.subprotocol.json.NativeJson;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ends of sessions that came at one moment, by a clock that the test sets. */
@Timeout(120)
final class MaxAgeTest {

    private static final int SESSIONS = 200;

    private static final long AGE_MILLIS = 20_000;

    private static final long JITTER_MILLIS = AGE_MILLIS / 10;
    private static final long STEP_MILLIS = 50;

    /** The wheel of an event loop, and a step of the clock. */
    private static final long LATE_MILLIS = 250 + STEP_MILLIS;

    private static final Pattern GOAWAY =
            Pattern.compile("\\{\"op\":\"goaway\",\"reconnect\":(\\d+),\"reason\":\"max_age\"}");
    private static final String CLOSE = "\u0088\u0009\u0003\u00e9max age";

    private final Configuration configuration = configuration();
    private final TopicRules rules = Rules.of(configuration);
    private final Meters meters = new Meters(new SimpleMeterRegistry(), List.of("#"));
    private final List<EmbeddedChannel> channels =
            Stream.generate(EmbeddedChannel::new).limit(SESSIONS).toList();
    private final AmqpBroker broker = Bridge.of(configuration, rules, new BridgeMeters(meters));
    private final Admission admission = new Admission(Origins.of(configuration), configuration, meters);

    MaxAgeTest() throws IOException {}

    @AfterEach
    void stop() {
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
        admission.close();
        broker.close();
    }

    /** When a client was told, in milliseconds since it came, and until when it is to stay away. */
    private record Told(long atMillis, int reconnectMillis) {}

    @Test
    void areSpreadOverTheJitterAndSoIsTheirReturn() {
        PublicServer server = server();
        List<Told> told =
                channels.stream().map(channel -> told(server, channel)).toList();

        assertThat(told)
                .allSatisfy(one -> assertThat(one.atMillis)
                        .isBetween(AGE_MILLIS - JITTER_MILLIS, AGE_MILLIS + JITTER_MILLIS + LATE_MILLIS));
        long tenth = 2 * JITTER_MILLIS / 10;
        IntStream.range(0, 10)
                .forEach(part -> assertThat(told)
                        .as("part %d of the ten parts of the jitter", part)
                        .anySatisfy(one -> assertThat((one.atMillis - AGE_MILLIS + JITTER_MILLIS) / tenth)
                                .isEqualTo(part)));
        assertThat(told).allSatisfy(one -> assertThat(one.reconnectMillis).isBetween(0, 999));
        Set<Integer> returns = new HashSet<>();
        told.forEach(one -> returns.add(one.reconnectMillis));
        assertThat(returns).hasSizeGreaterThan(SESSIONS / 2);
    }

    private static Told told(PublicServer server, EmbeddedChannel channel) {
        channel.freezeTime();
        server.initializer(Configuration.Listener.DEFAULT, null).accept(channel);
        channel.writeInbound(Unpooled.copiedBuffer(RawSocket.upgrade(), ISO_8859_1));
        assertThat(sent(channel)).startsWith("HTTP/1.1 101 ").contains("\"op\":\"welcome\"");
        for (long now = STEP_MILLIS; now < 2 * AGE_MILLIS; now += STEP_MILLIS) {
            pass(channel, STEP_MILLIS);
            String sent = sent(channel);
            Matcher goaway = GOAWAY.matcher(sent);
            if (goaway.find()) {
                assertThat(sent).doesNotContain(CLOSE);
                pass(channel, 1000 + LATE_MILLIS);
                assertThat(sent(channel)).isEqualTo(CLOSE);
                return new Told(now, Integer.parseInt(goaway.group(1)));
            }
            assertThat(sent).isEmpty();
        }
        throw new AssertionError("it was never sent away");
    }

    private static void pass(EmbeddedChannel channel, long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runPendingTasks();
    }

    private static String sent(EmbeddedChannel channel) {
        StringBuilder all = new StringBuilder();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            all.append(out.toString(ISO_8859_1));
            out.release();
        }
        return all.toString();
    }

    private PublicServer server() {
        OutboundBudget budget = new OutboundBudget(Long.MAX_VALUE);
        List<Shard> shards = new ArrayList<>();
        for (EmbeddedChannel channel : channels) {
            shards.add(new Shard(
                    channel.eventLoop(),
                    configuration.topics(),
                    rule -> broker.history(rules.rules().get(rule)),
                    ByteBufAllocator.DEFAULT,
                    Duration.ZERO,
                    budget,
                    meters));
        }
        SessionContext context = new SessionContext(
                new AtomicReference<>(configuration),
                rules,
                new Grants(configuration.permissions()),
                admission,
                new PrincipalCounts(SESSIONS),
                broker,
                delivery -> null,
                new PublishKeys(),
                new Sessions(shards),
                meters);
        return new PublicServer(
                context,
                List.of(Encoding.plain(new NativeJson())),
                new Health(broker::state),
                new Overload(Duration.ofHours(1)),
                StaticResources.NONE);
    }

    private static Configuration configuration() {
        String yaml = Node.OPEN + "limits: {maxAge: " + AGE_MILLIS + "ms}\nwebsocket: {pingInterval: 1h}\n";
        if (ConfigurationLoader.parse("test.yaml", yaml, Map.of()) instanceof Loaded loaded) {
            return loaded.configuration();
        }
        throw new IllegalArgumentException(yaml);
    }
}
