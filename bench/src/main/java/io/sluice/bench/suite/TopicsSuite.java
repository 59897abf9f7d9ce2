package io.sluice.bench.suite;

import io.sluice.bench.client.Subscribers;
import io.sluice.bench.load.Figures;
import io.sluice.bench.load.Load;
import io.sluice.bench.server.Contender;
import io.sluice.bench.server.Server;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Many topics with one subscriber each, where nothing can be shared: 100,000 on 10,000 sessions beside 10,000 on as many. */
final class TopicsSuite implements Suite {

    private static final int CLIENTS = 10_000;
    private static final double PER_SECOND = 4000;

    @Override
    public String name() {
        return "topics";
    }

    @Override
    public boolean comparesPairs() {
        return true;
    }

    @Override
    public void measure(Run run, int round) throws Exception {
        for (int topicsPerClient : List.of(1, 10)) {
            run.record(
                    "topics-" + CLIENTS * topicsPerClient, Contender.SLUICE, round, () -> pace(run, topicsPerClient));
        }
    }

    private static Figures pace(Run run, int topicsPerClient) throws Exception {
        List<String> topics = IntStream.range(0, CLIENTS * topicsPerClient)
                .mapToObj(topic -> "orders." + topic)
                .toList();
        try (Server server = Contender.SLUICE.start(run.broker());
                Subscribers clients = Subscribers.connect(
                        server.endpoint(),
                        CLIENTS,
                        client -> topics.subList(client * topicsPerClient, (client + 1) * topicsPerClient))) {
            List<String> order = new ArrayList<>(topics);
            Collections.shuffle(order, new Random(1));
            Load load = new Load(run.broker(), server, clients, order, 1);
            load.pace(128, PER_SECOND, run.settings().warmUpSeconds());
            return load.pace(128, PER_SECOND, run.settings().seconds());
        }
    }
}
