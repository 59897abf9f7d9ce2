package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Ledger.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A deploy that nobody notices: two nodes behind HAProxy with the configuration of {@code deploy/proxies} are replaced one after the other,
 * under live and resumable sessions and publishers, and the books are compared. {@code rolling.sessions}: how many subscribe. Needs
 * {@code haproxy}, so it is run by name.
 */
@Timeout(300)
final class RollingRestartTest {

    private static final Logger LOG = LoggerFactory.getLogger(RollingRestartTest.class);
    private static final int READERS = Integer.getInteger("rolling.sessions", 2000) / 2;
    private static final int PUBLISHERS = 50;
    /** 500 publishes a second in all. */
    private static final Duration EVERY = Duration.ofMillis(100);

    private static final Duration WINDOW = Duration.ofSeconds(10);
    private static final Path PROXY = Path.of("..", "deploy", "proxies", "haproxy.cfg");
    private static final String PAST = "ledger.past";

    private static final String YAML = """
            insecure: true
            authentication: {anonymous: true}
            topics:
              - {match: "past.#", exchange: ledger, history: {stream: ledger.past}}
              - {match: "live.#", exchange: ledger}
            permissions:
              - {subscribe: ["#"], publish: ["#"]}
            limits: {connectionsPerAddress: 10000}
            drain: {delay: 6s, window: %ds}
            """.formatted(WINDOW.toSeconds());

    @TempDir
    Path directory;

    private final Ledger ledger = new Ledger();
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
    private final List<LiveReader> live = new ArrayList<>();
    private final List<ResumingReader> resuming = new ArrayList<>();
    private final List<LedgerPublisher> publishers = new ArrayList<>();

    @Test
    void twoNodesAreReplacedAndNothingIsLostAndNobodyIsRefused() throws Exception {
        try (TestBroker broker = TestBroker.ofItsOwn()) {
            try (BackEnd backEnd = BackEnd.connect(broker.uri())) {
                LedgerBroker.declare(backEnd.channel());
            }
            List<ServeProcess> nodes = new ArrayList<>();
            Process proxy = null;
            try {
                nodes.add(node("one", broker));
                nodes.add(node("two", broker));
                int port = freePort();
                proxy = proxy(port, nodes);
                connect(attempt -> URI.create("ws://127.0.0.1:" + port + "/ws"));
                for (int i = 0; i < nodes.size(); i++) {
                    nodes.set(i, replaced(nodes.get(i)));
                }
                await().atMost(Duration.ofSeconds(60)).until(this::everybodyIsThere);
                publishers.forEach(LedgerPublisher::stop);
                await().atMost(Duration.ofSeconds(40)).until(() -> ledger.unsettled() == 0);
                compare(broker);
            } finally {
                sessions().forEach(LedgerSession::close);
                timer.shutdownNow();
                nodes.forEach(ServeProcess::close);
                if (proxy != null) {
                    proxy.destroyForcibly().waitFor();
                }
            }
        }
        LOG.info("{}", ledger);
        assertThat(ledger.violations()).isEmpty();
        assertThat(sessions().mapToInt(LedgerSession::refusals).sum())
                .as("connections that were refused")
                .isZero();
    }

    private ServeProcess node(String name, TestBroker broker) throws IOException {
        return ServeProcess.start(
                        Files.createDirectory(directory.resolve(name)),
                        "amqp: {uris: [\"" + broker.uri() + "\"]}\n" + YAML)
                .ready();
    }

    /** All at once would be a storm that is not the subject here. */
    private void connect(IntFunction<URI> proxy) {
        for (int i = 0; i < PUBLISHERS; i++) {
            List<String> topics = List.of("live." + i + ".a", "past." + i + ".a");
            publishers.add(new LedgerPublisher("p" + i, ledger, topics, EVERY, proxy, timer));
        }
        for (int i = 0; i < READERS; i++) {
            live.add(new LiveReader("live" + i, ledger, "live." + i % PUBLISHERS + ".*", proxy, timer));
            resuming.add(new ResumingReader("past" + i, ledger, "past." + i % PUBLISHERS + ".*", proxy, timer));
        }
        List<LedgerSession> all = sessions().toList();
        for (int from = 0; from < all.size(); from += 100) {
            List<LedgerSession> some = all.subList(from, Math.min(all.size(), from + 100));
            some.forEach(LedgerSession::connect);
            await().atMost(Duration.ofSeconds(30)).until(() -> some.stream().allMatch(LedgerSession::connected));
        }
        await().atMost(Duration.ofSeconds(60)).until(this::everybodyIsThere);
    }

    private ServeProcess replaced(ServeProcess node) throws Exception {
        int before = connected();
        node.terminate();
        List<Integer> there = new ArrayList<>();
        List<Integer> opened = new ArrayList<>(List.of(openings()));
        await().pollInterval(Duration.ofSeconds(1))
                .atMost(WINDOW.plusSeconds(20))
                .until(() -> {
                    there.add(connected());
                    opened.add(openings());
                    return !node.isAlive();
                });
        assertThat(node.exitCode()).isZero();
        LOG.info("drained: of {} sessions were connected, second by second, {}", before, there);
        int share = Math.toIntExact(before / WINDOW.toSeconds());
        for (int i = 1; i < there.size(); i++) {
            assertThat(there.get(i - 1) - there.get(i))
                    .as("those that left in second %d of %s", i, there)
                    .isLessThan(3 * share);
        }
        await().pollInterval(Duration.ofSeconds(1))
                .atMost(Duration.ofSeconds(30))
                .until(() -> {
                    opened.add(openings());
                    return everybodyIsThere();
                });
        assertReturnsAreSpread(opened);
        ServeProcess next = node.again().ready();
        // Until the proxy has seen it, the other one is the only one.
        await().pollDelay(Duration.ofSeconds(5)).until(this::everybodyIsThere);
        return next;
    }

    /** @param opened how many connections had been opened, second by second, until everybody was there */
    private static void assertReturnsAreSpread(List<Integer> opened) {
        int returned = opened.get(opened.size() - 1) - opened.get(0);
        List<Integer> eachSecond = new ArrayList<>();
        for (int i = 1; i < opened.size(); i++) {
            eachSecond.add(opened.get(i) - opened.get(i - 1));
        }
        LOG.info("came back, second by second: {}", eachSecond);
        long evenly = returned / WINDOW.toSeconds();
        assertThat(evenly).as("sessions of the node that went").isPositive();
        assertThat(eachSecond)
                .as("those that came back in each second")
                .allSatisfy(some -> assertThat((long) some).isLessThan(3 * evenly));
        assertThat(eachSecond.stream().filter(some -> some > 0).count())
                .as("seconds of %s in which some came back", eachSecond)
                .isGreaterThanOrEqualTo(WINDOW.toSeconds() * 3 / 4);
    }

    private void compare(TestBroker broker) throws Exception {
        try (BackEnd backEnd = BackEnd.connect(broker.uri())) {
            ledger.present(LedgerBroker.AUDIT, ledger.confirmed(""), LedgerBroker.audited(backEnd.channel()));
            List<Entry> log = LedgerBroker.log(backEnd.channel(), PAST, "past.", ledger.confirmed("past."));
            ledger.present(PAST, ledger.confirmed("past."), log);
            for (ResumingReader reader : resuming) {
                String prefix = reader.pattern().replace("*", "");
                long mine = log.stream()
                        .filter(entry -> entry.topic().startsWith(prefix))
                        .count();
                LedgerBroker.awhile(() -> reader.count() >= mine);
                reader.audit(log);
            }
            LOG.info("{} messages in the stream", log.size());
        }
        live.forEach(LiveReader::audit);
    }

    private Stream<LedgerSession> sessions() {
        return Stream.of(publishers, live, resuming).flatMap(List::stream);
    }

    private int openings() {
        return sessions().mapToInt(LedgerSession::openings).sum();
    }

    private int connected() {
        return Math.toIntExact(sessions().filter(LedgerSession::connected).count());
    }

    private boolean everybodyIsThere() {
        return sessions().allMatch(LedgerSession::connected)
                && Stream.of(live, resuming).flatMap(List::stream).allMatch(LedgerSession::complete);
    }

    private Process proxy(int port, List<ServeProcess> nodes) throws IOException {
        String configuration = Files.readString(PROXY)
                .replaceFirst("bind :8443 .*", "bind 127.0.0.1:" + port)
                .replaceFirst("maxconn 100000", "maxconn 6000");
        for (int i = 0; i < nodes.size(); i++) {
            configuration = configuration.replaceFirst(
                    "127.0.0.1:808%d check port 909%d".formatted(i, i),
                    "127.0.0.1:%d check port %d"
                            .formatted(
                                    nodes.get(i).address().getPort(),
                                    nodes.get(i).operations().getPort()));
        }
        Path file = Files.writeString(directory.resolve("haproxy.cfg"), configuration);
        Process proxy = new ProcessBuilder("haproxy", "-db", "-f", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("haproxy.log").toFile())
                .start();
        await().atMost(Duration.ofSeconds(20))
                .ignoreExceptionsInstanceOf(ConnectException.class)
                .until(() -> {
                    assertThat(proxy.isAlive()).as(this::printed).isTrue();
                    try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
                        return probe.isConnected();
                    }
                });
        return proxy;
    }

    private String printed() {
        try {
            return Files.readString(directory.resolve("haproxy.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
