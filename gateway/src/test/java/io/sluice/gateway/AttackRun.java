package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.sluice.bridge.amqp.TestBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A gateway, a thousand normal sessions with a thousand deliveries in a second, and another process beside it until that ends.
 *
 * @param kernelMiB what the kernel held for all TCP sockets of the machine
 * @param course what each second was used for
 * @param said what the other process printed
 */
record AttackRun(
        String name,
        double seconds,
        double p50Millis,
        double p99Millis,
        String worst,
        double heapMiB,
        double directMiB,
        double kernelMiB,
        String course,
        String said) {

    private static final int SESSIONS = 1000;
    private static final int TOPICS = 100;
    private static final int MESSAGES_PER_SECOND = 100;
    private static final int FLOOD_EVERY = 20;
    private static final int FLOOD_BYTES = 8192;
    private static final int WARM_UP = 10 * MESSAGES_PER_SECOND * SESSIONS / TOPICS;
    static final int HEAP_MIB = 384;
    static final int DIRECT_MIB = 128;

    private static final String YAML = """
            amqp: {uris: ["%s"]}
            origins: ["https://app.example.com"]
            authentication: {anonymous: true}
            topics: [{match: "#", exchange: amq.topic, overflow: disconnect}]
            permissions: [{subscribe: ["normal.*", "flood"]}]
            limits: {connections: 16000, connectionsPerAddress: 16000, outboundBytes: 256KiB}
            websocket: {compression: true}
            """;

    /** The arguments of {@link Attackers}. */
    interface Beside {
        String[] arguments(int port);
    }

    static AttackRun of(Path directory, String name, Beside beside) throws Exception {
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        String uri = TestBroker.shared().uri();
        try (ServeProcess serve = ServeProcess.start(
                        directory,
                        YAML.formatted(uri),
                        "-Xmx" + HEAP_MIB + "m",
                        "-XX:MaxDirectMemorySize=" + DIRECT_MIB + "m",
                        "-XX:+ExitOnOutOfMemoryError");
                BackEnd backEnd = BackEnd.connect(uri);
                NormalSessions normal = new NormalSessions(1_000_000)) {
            serve.ready();
            normal.open(serve.dial().uri(), SESSIONS, TOPICS);
            await().atMost(Client.PATIENCE).until(() -> normal.subscribed() == SESSIONS);
            clock.scheduleAtFixedRate(
                    new Publishing(backEnd),
                    0,
                    TimeUnit.SECONDS.toNanos(1) / MESSAGES_PER_SECOND,
                    TimeUnit.NANOSECONDS);
            await().atMost(Client.PATIENCE).until(() -> normal.deliveries() >= WARM_UP);
            int files = serve.openFiles();
            rehearse(directory, serve);
            await().atMost(Client.PATIENCE).until(() -> serve.openFiles() <= files + 10);

            AttackRun run =
                    run(directory, name, beside.arguments(serve.address().getPort()), serve, normal);

            await().atMost(Client.PATIENCE).until(() -> serve.openFiles() <= files + 10);
            assertThat(normal.ended()).as("how a normal session ended").isNull();
            assertThat(serve.err()).doesNotContain("\tat ").doesNotContain("OutOfMemory");
            assertThat(run.directMiB).isLessThan(DIRECT_MIB);
            return run;
        } finally {
            clock.shutdownNow();
        }
    }

    /** What attackers make the gateway do it has done before, in either run: what is compared is no compiler's work. */
    private static void rehearse(Path directory, ServeProcess serve) throws IOException, InterruptedException {
        Process rehearsal = start(directory, new String[] {
            "rehearse",
            String.valueOf(AttackTest.SHARE),
            String.valueOf(serve.address().getPort())
        });
        try {
            assertThat(rehearsal.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            rehearsal.destroyForcibly();
        }
    }

    private static AttackRun run(
            Path directory, String name, String[] arguments, ServeProcess serve, NormalSessions normal)
            throws IOException, InterruptedException {
        normal.forget();
        long begun = System.nanoTime();
        Process other = start(directory, arguments);
        double heap = 0;
        double direct = 0;
        Seconds seconds = new Seconds(serve.pid(), other.pid());
        try {
            while (!other.waitFor(1, TimeUnit.SECONDS)) {
                assertThat(serve.isAlive()).as(serve.err()).isTrue();
                assertThat(normal.ended()).as("how a normal session ended").isNull();
                String metrics = serve.operations("/metrics");
                seconds.next(
                        normal.second(), sum(metrics, "sluice_event_loop_lag_seconds_sum ") * 1000, serve.openFiles());
                heap = Math.max(heap, mebibytes(metrics, "jvm_memory_used_bytes\\{area=\"heap\"[^}]*} "));
                direct = Math.max(direct, mebibytes(metrics, "netty_allocator_memory_used\\{[^}]*direct[^}]*} "));
            }
        } finally {
            other.destroyForcibly();
        }
        String said = Files.readString(directory.resolve("beside"));
        assertThat(other.exitValue()).as(said).isZero();
        double took = (System.nanoTime() - begun) / 1e9;
        return new AttackRun(
                name,
                took,
                normal.millis(50),
                normal.millis(99),
                normal.worst(begun),
                heap,
                direct,
                seconds.mostKernelMiB(),
                seconds.toString(),
                said);
    }

    private static Process start(Path directory, String[] arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Attackers.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("beside").toFile())
                .start();
    }

    private static double mebibytes(String metrics, String sample) {
        return sum(metrics, sample) / (1 << 20);
    }

    private static double sum(String metrics, String sample) {
        Matcher samples = Pattern.compile(sample + "(.*)").matcher(metrics);
        double sum = 0;
        while (samples.find()) {
            sum += Double.parseDouble(samples.group(1));
        }
        return sum;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s, %.0f s, %s%n%s%n%s", name, seconds, worst, course, said);
    }

    /** One message for a tenth of a hundred sessions, and now and then a large one for those who read nothing. */
    private static final class Publishing implements Runnable {

        private final BackEnd backEnd;
        private final long begun = System.nanoTime();
        /** Of letters: as JSON it is as long as it is. */
        private final byte[] flood = "x".repeat(FLOOD_BYTES).getBytes(StandardCharsets.US_ASCII);

        private long published;

        Publishing(BackEnd backEnd) {
            this.backEnd = backEnd;
        }

        @Override
        public void run() {
            long due = begun + published * TimeUnit.SECONDS.toNanos(1) / MESSAGES_PER_SECOND;
            publish("normal." + published % TOPICS, Long.toString(due).getBytes(StandardCharsets.US_ASCII));
            if (published % FLOOD_EVERY == 0) {
                publish("flood", flood);
            }
            published++;
        }

        private void publish(String topic, byte[] body) {
            try {
                backEnd.channel().basicPublish("amq.topic", topic, new BasicProperties(), body);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
