package io.sluice.bridge.amqp;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Several {@code rabbitmq-server}s of this machine, joined to one cluster. It takes some twenty seconds to start three; Docker is not looked
 * at.
 */
public final class TestCluster implements AutoCloseable {

    private final Epmd epmd = new Epmd(LocalBroker.epmdBinary());
    private final List<LocalBroker> nodes = new ArrayList<>();

    private TestCluster() {}

    /** @param configuration further lines of each node's {@code rabbitmq.conf} */
    public static TestCluster of(int size, String... configuration) {
        TestCluster cluster = new TestCluster();
        try {
            String cookie = "cluster" + cluster.epmd.port();
            for (int i = 0; i < size; i++) {
                String name = "sluice" + i + "@localhost";
                cluster.nodes.add(new LocalBroker(name, cluster.epmd, cookie, List.of(configuration)));
            }
            cluster.nodes.parallelStream().forEach(LocalBroker::start);
            cluster.join();
            return cluster;
        } catch (RuntimeException failure) {
            cluster.close();
            throw failure;
        }
    }

    public TestBroker node(int index) {
        return nodes.get(index);
    }

    /** Of all nodes, in order. */
    public List<String> uris() {
        return nodes.stream().map(TestBroker::uri).toList();
    }

    /** The index of the node on which the leader of the quorum queue or stream {@code queue} is, asked of node {@code asked}. */
    public int leaderOf(String queue, int asked) {
        String line = node(asked)
                .ctl("list_queues", "name", "leader")
                .lines()
                .filter(each -> each.startsWith(queue + "\t"))
                .findFirst()
                .orElseThrow();
        return IntStream.range(0, nodes.size())
                .filter(i -> line.endsWith("\t" + nodes.get(i).name()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no leader: " + line));
    }

    /** Ends the nodes at once: what they hold is gone. */
    @Override
    public void close() {
        nodes.parallelStream().forEach(LocalBroker::discard);
        epmd.close();
    }

    private void join() {
        LocalBroker first = nodes.get(0);
        for (LocalBroker joining : nodes.subList(1, nodes.size())) {
            joining.ctl("stop_app");
            joining.ctl("join_cluster", first.name());
            joining.ctl("start_app");
        }
    }
}
