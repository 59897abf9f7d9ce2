package io.sluice.bench.report;

/** What the page says around its figures. */
final class Prose {

    static final String OPENING = """
            # What Sluice costs

            Measured by `make bench ARGS=--all`, which also wrote this page: nothing here is typed by hand. The samples behind it are in
            [bench/results](../bench/results). Figures of one machine drift with what else it does; the ratio of two servers that were measured
            in turn holds. Each figure is the median of its rounds, and in brackets the least and the greatest.
            """;

    static final String WANTED = """
            Bounds that the gateway is held to. One that is missed stays here.
            """;

    static final String FAN_OUT = """
            One publisher, one topic, every subscriber gets every message. *Saturated*: at most 64 messages are under way (16 where there are
            5,000 subscribers), so nobody drowns in a queue; what a server can do decides, together with publisher, broker and receivers on the
            same cores. *Paced*: messages come one at a time at a fixed rate, so nothing can be coalesced, and each delivery is one system call
            for everybody; latency counts from the moment at which the message was to be sent.

            * **Sluice** is the distribution: `sluice serve`, messages from RabbitMQ, rules, grants, limits, overflow policies, metrics.
            * **[bare Netty](../bench/src/main/java/io/sluice/bench/server/Skeleton.java)** is the floor: messages come length-prefixed over
              TCP, are framed once, and one task for each event loop writes all that waits to every channel. No AMQP, no topics, no limits.
            * **[Node](../bench/node/gateway.js)** is what one writes with `ws` and `amqplib`.
            * **RabbitMQ Web STOMP and Web MQTT** are the broker's own plugins: there the server is the broker, with a queue for each browser.
            """;

    static final String IDLE = """
            Sessions subscribed to one topic, with nothing to deliver, pinged every 25 s. *Live heap* is what a full collection leaves; the
            heap is resident from the start, so what grows beside it is *native memory*. The kernel's share is half of what its slabs grew
            by, as both ends of each connection are here. Memory and handshakes are those of a server that has compiled its handshake (15,000 of them and more).
            CPU while they wait is taken over one interval of pings, after another one and when the JIT compiler is quiet.
            """;

    static final String JVM = """
            Sluice alone, 1,000 subscribers saturated and at 20 msg/s, 100 subscribers at 200 msg/s, 5,000 sessions that wait. Everything has
            a heap of 512 MiB. *Compact headers* are `-XX:+UseCompactObjectHeaders` (JEP 519).
            """;

    static final String METHOD = """
            ## How it is measured

            * Servers run as processes of their own, both JVMs with `-Xms512m -Xmx512m -XX:+AlwaysPreTouch`, everything over loopback. CPU time is the
              operating system's for the server's process (`/proc/PID/stat`, user and system, 10 ms ticks). On loopback a sender also pays the
              receiver's half of the kernel's work, so delivery costs about twice what a network card would show.
            * Sluice and bare Netty take turns, each in a new process, warmed up saturated until the JIT compiler is quiet; who goes first
              changes from round to round. The others join every third round. Broker, publisher and receivers are the same for all, but bare Netty takes no AMQP.
            * Receivers step over payloads and count frames; their CPU for each delivery stands beside the server's, so that one can see that
              they did not decide. Twenty of them look into payloads while latency is measured (HdrHistogram, from the intended moment).
            * A cell fails if one delivery is lost, or a client is closed; it then stands above with the reason, and the run goes on.

            ```sh
            make bench                                  # the fan-out: about 20 minutes
            make bench ARGS=--idle                      # or --publish, --slow, --tls, --topics, --churn, --jvm; several at once
            make bench ARGS=--all                       # everything, and this page: about an hour
            make bench ARGS="--all --minutes 25"        # the same in less: fewer rounds of each
            make bench ARGS="--quick --all"             # a look in 5 minutes; writes bench/target/benchmarks.md and leaves this page alone
            make bench ARGS="--pairs 3 --seconds 10"    # rounds (default 9), and seconds of each measurement (default 5)
            ```

            Not measured: real networks, permessage-deflate, more than two cores, RabbitMQ later than the one named above.
            """;

    private Prose() {}
}
