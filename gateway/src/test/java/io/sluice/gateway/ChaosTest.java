package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import io.sluice.bridge.amqp.TcpProxy;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Ledger.Entry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ledger: sessions and back ends publish, sessions of two nodes subscribe to live, resumable and work rules, and meanwhile the broker is
 * killed, restarted, frozen and alarmed, the network is cut, and one of the nodes is killed and replaced. In the end the books are compared.
 *
 * <p>{@code chaos.seeds}: a run for each. {@code chaos.minutes}: how long faults go on; without it, each fault that fits into a minute comes
 * once, and everything is smaller.
 */
@Timeout(1800)
final class ChaosTest {

    private static final Logger LOG = LoggerFactory.getLogger(ChaosTest.class);
    private static final int MINUTES = Integer.getInteger("chaos.minutes", 0);
    private static final boolean FULL = MINUTES > 0;
    private static final int PUBLISHERS = FULL ? 50 : 10;
    private static final int READERS = FULL ? 80 : 12;
    private static final int WORKERS = FULL ? 40 : 6;
    private static final int GROUPS = 10;
    private static final String JOBS = "ledger.jobs";
    private static final String PAST = "ledger.past";
    private static final Duration EVERY = Duration.ofMillis(250);
    /** Back ends go on while one node has lost the broker: what they publish then is missing there. */
    private static final Duration OFTEN = Duration.ofMillis(50);

    private static final String YAML = """
            insecure: true
            authentication: {anonymous: true}
            topics:
              - {match: "past.#", exchange: ledger, history: {stream: ledger.past}}
              - {match: "jobs", queue: ledger.jobs}
              - {match: "live.#", exchange: ledger, overflow: dropOldest}
            permissions:
              - {subscribe: ["#"], publish: ["#"]}
            """;

    /** What may happen. */
    private enum Fault {
        KILL_BROKER,
        RESTART_BROKER,
        FREEZE_BROKER,
        ALARM,
        CUT_NETWORK,
        FREEZE_NETWORK,
        KILL_GATEWAY
    }

    static List<Integer> seeds() {
        return Arrays.stream(System.getProperty("chaos.seeds", "1").split(","))
                .map(Integer::valueOf)
                .toList();
    }

    @TempDir
    Path directory;

    private final Ledger ledger = new Ledger();
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
    private final List<LedgerSession> sessions = new CopyOnWriteArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private TestBroker broker;

    @SuppressWarnings("NullAway.Init")
    private TcpProxy network;

    @SuppressWarnings("NullAway.Init")
    private volatile Node node;

    @SuppressWarnings("NullAway.Init")
    private volatile ServeProcess process;

    private int processes;

    @ParameterizedTest
    @MethodSource("seeds")
    void theBooksAgree(int seed) throws Exception {
        broker = TestBroker.ofItsOwn();
        try {
            network = TcpProxy.to(broker.uri());
            topology();
            node = Node.start(
                    TestBroker.at(network.uri()), "amqp: {uris: [\"" + network.uri() + "\"], heartbeat: 2s}\n" + YAML);
            process = startProcess();
            run(new Random(seed));
        } finally {
            sessions.forEach(LedgerSession::close);
            timer.shutdownNow();
            close(process);
            close(node);
            close(network);
            broker.close();
        }
        LOG.info("seed {}: {}", seed, ledger);
        assertThat(ledger.violations()).isEmpty();
    }

    private void run(Random random) throws Exception {
        List<LedgerPublisher> publishers = new ArrayList<>();
        for (int i = 0; i < PUBLISHERS; i++) {
            List<String> topics = List.of("live." + i % GROUPS + "." + i, "past." + i % GROUPS + "." + i, "jobs");
            publishers.add(new LedgerPublisher("p" + i, ledger, topics, EVERY, nodes(i), timer));
        }
        List<LiveReader> live =
                readers(i -> new LiveReader("live" + i, ledger, "live." + i % GROUPS + ".*", nodes(i), timer));
        List<ResumingReader> resuming =
                readers(i -> new ResumingReader("past" + i, ledger, "past." + i % GROUPS + ".*", nodes(i), timer));
        List<LedgerWorker> workers = IntStream.range(0, WORKERS)
                .mapToObj(i -> new LedgerWorker("worker" + i, ledger, "jobs", nodes(i), timer))
                .toList();
        sessions.addAll(live);
        sessions.addAll(resuming);
        sessions.addAll(workers);
        sessions.addAll(publishers);
        sessions.forEach(LedgerSession::connect);
        await().atMost(Duration.ofSeconds(60)).until(() -> sessions.stream().allMatch(LedgerSession::connected));
        List<String> topics = List.of("live.0.b", "past.0.b", "past.1.b");
        try (LedgerBackEnd first = new LedgerBackEnd("b0", ledger, broker.uri(), LedgerBroker.EXCHANGE, topics, OFTEN);
                LedgerBackEnd second =
                        new LedgerBackEnd("b1", ledger, broker.uri(), LedgerBroker.EXCHANGE, topics, OFTEN)) {
            torment(random);
            nobodyIsWedged();
        }
        publishers.forEach(LedgerPublisher::stop);
        await().atMost(Duration.ofSeconds(40)).until(() -> ledger.unsettled() == 0);
        compare(live, resuming, workers);
    }

    /** Faults at random, each after a while of quiet; all that fit into a minute once each, or for as many minutes as were asked for. */
    private void torment(Random random) {
        List<Fault> faults = new ArrayList<>(
                List.of(Fault.KILL_BROKER, Fault.ALARM, Fault.CUT_NETWORK, Fault.FREEZE_NETWORK, Fault.KILL_GATEWAY));
        if (FULL) {
            faults = new ArrayList<>(List.of(Fault.values()));
        }
        long end = System.nanoTime() + Duration.ofMinutes(MINUTES).toNanos();
        do {
            Collections.shuffle(faults, random);
            for (Fault fault : faults) {
                quiet(Duration.ofMillis(1_000 + random.nextInt(2_000)));
                LOG.info("{}", fault);
                happen(fault);
                awaitReady();
            }
        } while (System.nanoTime() - end < 0);
    }

    private void happen(Fault fault) {
        switch (fault) {
            case KILL_BROKER -> {
                broker.kill();
                broker.start();
            }
            case RESTART_BROKER -> {
                broker.stop();
                broker.start();
            }
            case FREEZE_BROKER -> {
                broker.pause();
                quiet(Duration.ofSeconds(8));
                broker.resume();
            }
            case ALARM -> {
                broker.memoryAlarm(true);
                quiet(Duration.ofSeconds(3));
                broker.memoryAlarm(false);
            }
            case CUT_NETWORK -> {
                network.refuse();
                network.reset();
                quiet(Duration.ofSeconds(2));
                network.accept();
            }
            case FREEZE_NETWORK -> {
                network.freeze(TcpProxy.Direction.FROM_BROKER);
                quiet(Duration.ofSeconds(6));
                network.thaw();
            }
            case KILL_GATEWAY -> {
                process.kill();
                process = startProcess();
            }
        }
    }

    /** Within a minute of the last fault every session answers, is subscribed, and publishes are confirmed. */
    private void nobodyIsWedged() {
        Duration minute = Duration.ofSeconds(60);
        await().atMost(minute).until(() -> sessions.stream().allMatch(LedgerSession::connected));
        await().atMost(minute)
                .until(() -> sessions.stream()
                        .filter(session -> !(session instanceof LedgerPublisher))
                        .allMatch(LedgerSession::complete));
        List<Integer> pongs = sessions.stream().map(LedgerSession::pongs).toList();
        sessions.forEach(LedgerSession::ping);
        await().atMost(minute)
                .until(() -> IntStream.range(0, pongs.size())
                        .allMatch(i -> sessions.get(i).pongs() > pongs.get(i)));
        int before = ledger.confirmed("").size();
        await().atMost(minute).until(() -> ledger.confirmed("").size() > before + 3 * PUBLISHERS);
    }

    private void compare(List<LiveReader> live, List<ResumingReader> resuming, List<LedgerWorker> workers)
            throws Exception {
        Set<Entry> jobs = ledger.confirmed("jobs");
        LedgerBroker.awhile(() -> done(workers).containsAll(jobs));
        ledger.present("the work done", jobs, done(workers));
        try (BackEnd backEnd = BackEnd.connect(broker.uri())) {
            Set<Entry> audit = LedgerBroker.audited(backEnd.channel());
            ledger.present(LedgerBroker.AUDIT, ledger.confirmed("live."), audit);
            ledger.present(LedgerBroker.AUDIT, ledger.confirmed("past."), audit);
            LedgerBroker.awhile(() -> backEnd.channel().messageCount(JOBS) == 0);
            List<Entry> log = LedgerBroker.log(backEnd.channel(), PAST, "past.", ledger.confirmed("past."));
            ledger.present(PAST, ledger.confirmed("past."), log);
            for (ResumingReader reader : resuming) {
                awaitAll(reader, log);
                reader.audit(log);
            }
        }
        live.forEach(LiveReader::audit);
        LOG.info("{} in the stream, {} jobs", ledger.confirmed("past.").size(), jobs.size());
    }

    private static void awaitAll(ResumingReader reader, List<Entry> log) {
        long mine = log.stream()
                .filter(entry ->
                        entry.topic().startsWith("past." + Integer.parseInt(reader.name.substring(4)) % GROUPS + "."))
                .count();
        LedgerBroker.awhile(() -> reader.count() >= mine);
    }

    private static Set<Entry> done(List<LedgerWorker> workers) {
        Set<Entry> done = new HashSet<>();
        workers.forEach(worker -> done.addAll(worker.done()));
        return done;
    }

    private void topology() throws Exception {
        try (BackEnd backEnd = BackEnd.connect(broker.uri())) {
            Channel channel = backEnd.channel();
            LedgerBroker.declare(channel);
            channel.queueDeclare(JOBS, true, false, false, null);
        }
    }

    private ServeProcess startProcess() {
        try {
            Path own = Files.createDirectory(directory.resolve("node" + processes++));
            String yaml = "amqp: {uris: [\"" + broker.uri() + "\"], heartbeat: 2s}\n" + YAML;
            return ServeProcess.start(own, yaml).ready();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private <T> List<T> readers(IntFunction<T> made) {
        return IntStream.range(0, READERS).mapToObj(made).toList();
    }

    /** The even ones begin on the node in this JVM; whoever is thrown out goes to the other one next. */
    private IntFunction<URI> nodes(int index) {
        return attempt ->
                (index + attempt) % 2 == 0 ? node.dial().uri() : process.dial().uri();
    }

    private void awaitReady() {
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> node.operations("/health/ready").statusCode() == 200
                        && process.operations("/health/ready").contains("\"ready\""));
    }

    private static void quiet(Duration whole) {
        await().pollDelay(whole).atMost(whole.plusSeconds(30)).until(() -> true);
    }

    private static void close(AutoCloseable closing) throws Exception {
        if (closing != null) {
            closing.close();
        }
    }
}
