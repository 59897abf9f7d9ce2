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
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiPredicate;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
 * <p>{@code chaos.seeds}: a run for each. {@code chaos.minutes}: how long faults go on; without it, each fault comes once, and
 * everything is smaller.
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
    /** At least so many milliseconds are between two faults, and at most three times as many. */
    private static final int QUIET = FULL ? 1_000 : 500;

    private static final String JOBS = "ledger.jobs";
    private static final String PAST = "ledger.past";
    private static final Duration EVERY = Duration.ofMillis(250);
    /** Back ends go on while one node has lost the broker: what they publish then is missing there. */
    private static final Duration OFTEN = Duration.ofMillis(50);

    private static final String SERVES = "sluice_rule_available{rule=\"live.#\"} 1";

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

    /** What may happen, and how many gaps a live subscription that lasts is told of for it: on the node behind the network, on the other. */
    private enum Fault {
        KILL_BROKER(1, 1),
        RESTART_BROKER(1, 1),
        FREEZE_BROKER(1, 1),
        ALARM(0, 0),
        CUT_NETWORK(1, 0),
        FREEZE_NETWORK(1, 0),
        KILL_GATEWAY(0, 0);

        private final int behindTheNetwork;
        private final int elsewhere;

        Fault(int behindTheNetwork, int elsewhere) {
            this.behindTheNetwork = behindTheNetwork;
            this.elsewhere = elsewhere;
        }
    }

    /** A live reader that was subscribed when a fault began: on which connection, and how many gaps it is to have been told of. */
    private record Owed(Fault fault, LiveReader reader, int opening, int gaps) {

        boolean lasts() {
            return reader.complete() && reader.openings() == opening;
        }

        boolean told() {
            return !lasts() || reader.brokerGaps() >= gaps;
        }

        boolean toldOnce() {
            return !lasts() || reader.brokerGaps() == gaps;
        }
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

    private final List<LedgerPublisher> publishers = new ArrayList<>();
    private final List<LiveReader> live = new ArrayList<>();
    private List<Owed> owed = List.of();
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
        for (int i = 0; i < PUBLISHERS; i++) {
            List<String> topics = List.of("live." + i % GROUPS + "." + i, "past." + i % GROUPS + "." + i, "jobs");
            publishers.add(new LedgerPublisher("p" + i, ledger, topics, EVERY, nodes(i), timer));
        }
        live.addAll(readers(i -> new LiveReader("live" + i, ledger, "live." + i % GROUPS + ".*", nodes(i), timer)));
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
            nobodyIsWedged(System.nanoTime());
        }
        publishers.forEach(LedgerPublisher::stop);
        await("an outcome for every publish").atMost(Ledger.PATIENCE).until(() -> ledger.unsettled() == 0);
        compare(resuming, workers);
    }

    /** Faults at random, each after a while of quiet; all once each, or for as many minutes as were asked for. */
    private void torment(Random random) {
        List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
        long end = System.nanoTime() + Duration.ofMinutes(MINUTES).toNanos();
        do {
            Collections.shuffle(faults, random);
            for (Fault fault : faults) {
                calm(Duration.ofMillis(QUIET + random.nextInt(2 * QUIET)));
                LOG.info("{}", fault);
                owed = owed(fault);
                happen(fault);
                awaitReady();
                if (!LedgerBroker.awhile(() -> owed.stream().allMatch(Owed::told))) {
                    ledger.violation(
                            "a minute after " + fault + " some were not told of the gap: " + names(Owed::told));
                }
            }
        } while (System.nanoTime() - end < 0);
    }

    /** The sessions publish at their rate, and that much is confirmed; and none of the gaps of the fault before is told again. */
    private void calm(Duration whole) {
        long began = System.nanoTime();
        long before = confirmed();
        long offered = PUBLISHERS * whole.toMillis() / EVERY.toMillis();
        quiet(whole);
        await("the rate of publishes").atMost(Duration.ofSeconds(60)).until(() -> confirmed() >= before + offered);
        LOG.info(
                "{} publishes of sessions confirmed in {} ms",
                confirmed() - before,
                Duration.ofNanos(System.nanoTime() - began).toMillis());
        if (!owed.stream().allMatch(Owed::toldOnce)) {
            ledger.violation(owed.get(0).fault + ": told more than one gap: " + names(Owed::toldOnce));
        }
    }

    /** Of the sessions' publishes. */
    private long confirmed() {
        return publishers.stream()
                .flatMap(publisher -> publisher.confirmed().stream())
                .mapToLong(Integer::longValue)
                .sum();
    }

    private List<Owed> owed(Fault fault) {
        URI behindTheNetwork = node.dial().uri();
        List<Owed> all = live.stream()
                .filter(LiveReader::complete)
                .map(reader -> new Owed(
                        fault,
                        reader,
                        reader.openings(),
                        reader.brokerGaps() + (reader.at(behindTheNetwork) ? fault.behindTheNetwork : fault.elsewhere)))
                .toList();
        assertThat(all).as("live readers before " + fault).isNotEmpty();
        return all;
    }

    /** Of those that are not as they should be. */
    private List<String> names(Predicate<Owed> right) {
        return owed.stream()
                .filter(right.negate())
                .map(one -> one.reader.name + " " + (one.reader.brokerGaps() - one.gaps))
                .toList();
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
                quiet(Duration.ofSeconds(FULL ? 8 : 1));
                await("both to lose it").until(() -> !serves(node) && !serves(process));
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
                quiet(Duration.ofSeconds(FULL ? 6 : 1));
                await("the node to lose it").until(() -> !serves(node));
                network.thaw();
            }
            case KILL_GATEWAY -> {
                process.kill();
                process = startProcess();
            }
        }
    }

    /**
     * Within a minute of the last fault's end, all in all: every session answers and is subscribed, each publisher has a publish confirmed on
     * each of its topics, and each live reader gets what is published to its topic.
     */
    private void nobodyIsWedged(long faultEnded) throws Exception {
        awaitSince(faultEnded, "connected", () -> sessions.stream().allMatch(LedgerSession::connected));
        awaitSince(
                faultEnded,
                "subscribed",
                () -> sessions.stream()
                        .filter(session -> !(session instanceof LedgerPublisher))
                        .allMatch(LedgerSession::complete));
        List<Integer> pongs = sessions.stream().map(LedgerSession::pongs).toList();
        List<List<Integer>> before =
                publishers.stream().map(LedgerPublisher::confirmed).toList();
        sessions.forEach(LedgerSession::ping);
        awaitSince(
                faultEnded,
                "pongs",
                () -> IntStream.range(0, pongs.size())
                        .allMatch(i -> sessions.get(i).pongs() > pongs.get(i)));
        awaitSince(
                faultEnded,
                "publishes confirmed",
                () -> IntStream.range(0, PUBLISHERS)
                        .allMatch(i -> each(before.get(i), publishers.get(i).confirmed(), (was, is) -> is > was)));
        try (BackEnd backEnd = BackEnd.connect(broker.uri())) {
            mark(backEnd, 0);
        }
        awaitSince(faultEnded, "markers", () -> live.stream().allMatch(reader -> hasMarker(reader, 0)));
        LOG.info(
                "nobody is wedged {} ms after the last fault",
                Duration.ofNanos(System.nanoTime() - faultEnded).toMillis());
        calm(Duration.ofMillis(3L * QUIET));
    }

    private static void awaitSince(long faultEnded, String what, Callable<Boolean> condition) {
        Duration left = Duration.ofNanos(faultEnded + Duration.ofSeconds(60).toNanos() - System.nanoTime());
        assertThat(left).as("of the minute, before " + what).isPositive();
        await(what).atMost(left).pollDelay(Duration.ZERO).until(condition);
    }

    private static boolean each(List<Integer> one, List<Integer> other, BiPredicate<Integer, Integer> predicate) {
        return IntStream.range(0, one.size()).allMatch(i -> predicate.test(one.get(i), other.get(i)));
    }

    /** To a topic of each group, live and past. */
    private void mark(BackEnd backEnd, int number) throws Exception {
        List<String> topics = IntStream.range(0, GROUPS)
                .boxed()
                .flatMap(i -> Stream.of("live." + i + ".marker", "past." + i + ".marker"))
                .toList();
        LedgerBroker.mark(backEnd.channel(), ledger, topics, number);
    }

    private static boolean hasMarker(LiveReader reader, int number) {
        return reader.has(new Entry(reader.pattern().replace("*", "marker"), "marker", number));
    }

    private void compare(List<ResumingReader> resuming, List<LedgerWorker> workers) throws Exception {
        Set<Entry> jobs = ledger.confirmed("jobs");
        LedgerBroker.awhile(() -> done(workers).containsAll(jobs));
        ledger.present("the work done", jobs, done(workers));
        // What was out and not acked counts, too.
        await("an empty " + JOBS)
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> broker.ctl("list_queues", "name", "messages").contains(JOBS + "\t0"));
        try (BackEnd backEnd = BackEnd.connect(broker.uri())) {
            mark(backEnd, 1);
            LedgerBroker.awhile(() -> live.stream().allMatch(reader -> hasMarker(reader, 1)));
            List<Entry> audit = LedgerBroker.audited(backEnd.channel());
            ledger.present(LedgerBroker.AUDIT, ledger.confirmed("live."), audit);
            ledger.present(LedgerBroker.AUDIT, ledger.confirmed("past."), audit);
            ledger.inOrder(LedgerBroker.AUDIT, audit);
            List<Entry> log = LedgerBroker.log(backEnd.channel(), PAST, "past.", ledger.confirmed("past."));
            ledger.present(PAST, ledger.confirmed("past."), log);
            // Each resumable reader's books are the stream's, entry by entry: what holds of its order holds of theirs.
            ledger.inOrder(PAST, log);
            for (ResumingReader reader : resuming) {
                awaitAll(reader, log);
                reader.audit(log);
            }
        }
        live.forEach(LiveReader::auditToTheEnd);
        LOG.info("{} in the stream, {} jobs", ledger.confirmed("past.").size(), jobs.size());
    }

    private static void awaitAll(ResumingReader reader, List<Entry> log) {
        String prefix = reader.pattern().replace("*", "");
        long mine =
                log.stream().filter(entry -> entry.topic().startsWith(prefix)).count();
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

    /** The even ones begin on the node in this JVM; who is thrown out of the other one goes there, too, or waits for it to be replaced. */
    private IntFunction<URI> nodes(int index) {
        return attempt -> (index % 4 == 1 ? index : index + attempt) % 2 == 0
                ? node.dial().uri()
                : process.dial().uri();
    }

    private void awaitReady() {
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> node.operations("/health/ready").statusCode() == 200
                        && process.operations("/health/ready").contains("\"ready\""));
    }

    private static boolean serves(Node node) {
        return node.operations("/metrics").body().contains(SERVES);
    }

    private static boolean serves(ServeProcess node) throws Exception {
        return node.operations("/metrics").contains(SERVES);
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
