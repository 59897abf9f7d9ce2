package io.sluice.bench.report;

import io.sluice.bench.server.Contender;
import java.util.List;
import java.util.Locale;

/** What many sessions need, from what one costs. */
final class Sizing {

    private static final String SLUICE = Contender.SLUICE.title();
    private static final List<Integer> SESSIONS = List.of(100_000, 1_000_000);

    /** Of one node. */
    private static final int NODE_SESSIONS = 50_000;

    private static final int NODE_CORES = 4;
    private static final double BUSY = 0.6;

    /** A collector needs room: twice what lives. */
    private static final double HEAP_ROOM = 2;

    private static final double RETURN_SECONDS = 120;
    private static final List<Double> RATES = List.of(0.1, 1.0, 10.0);

    private final Samples samples;
    private final double heap;
    private final double beside;
    private final double kernel;
    private final double idle;
    private final double handshake;
    private final double alone;
    private final double coalesced;
    private final double brokerMicros;

    Sizing(Samples samples) {
        this.samples = samples;
        heap = median("idle-18000", "heap-bytes");
        beside = Math.max(0, median("idle-18000", "beside-bytes"));
        kernel = Math.max(0, median("idle-18000", "kernel-bytes"));
        idle = median("idle-18000", "server-cores") / 18_000;
        handshake = median("handshakes", "server-us");
        alone = median("paced-1000x20", "server-us");
        coalesced = median("saturated-1000x128", "server-us");
        double messages = median("saturated-100x128", "deliveries-per-s") / 100;
        brokerMicros = median("saturated-100x128", "broker-cores") * 1e6 / messages;
    }

    String markdown() {
        if (!samples.has("idle-18000") || !samples.has("paced-1000x20")) {
            return "";
        }
        return String.join(
                "\n", "\n## What 100,000 and 1,000,000 sessions need\n", premises(), growth(), needs(), broker());
    }

    private String premises() {
        return text(
                """
                Worked out from the medians above, by this program, on cores and over loopback as they are here:

                * a session: %.0f B of live heap, times %.0f as a collector needs room, %.0f B of native memory, %.0f B in the kernel, and
                  %.2f µs of CPU a second while it waits (pings every 25 s);
                * a delivery: %.2f µs where it goes out alone, %.3f µs where 64 go out together. The first is used below: it is the dearest
                  case, every message a system call for every session;
                * a session that comes back: %.0f µs. After an outage all return within %.0f s;
                * a node has %d cores, of which %.0f %% are used, and holds at most %,d sessions. One node more than needed stands by.
                """,
                heap,
                HEAP_ROOM,
                beside,
                kernel,
                idle * 1e6,
                alone,
                coalesced,
                handshake,
                RETURN_SECONDS,
                NODE_CORES,
                100 * BUSY,
                NODE_SESSIONS);
    }

    private String growth() {
        double few = median("idle-1000", "heap-bytes");
        double more = median("idle-5000", "heap-bytes");
        double many = median("idle-18000", "heap-bytes");
        return text(
                """
                Growth: the live heap of a session was %,.0f B with 1,000 of them, %,.0f B with 5,000 and %,.0f B with 18,000: it %s, so
                a straight line is drawn beyond. A process of this machine can not open more files than that: what lies beyond is
                arithmetic and no measurement.
                """,
                few,
                more,
                many,
                many <= more * 1.05 ? "does not grow" : text("grows by %.0f %%", 100 * (many / more - 1)));
    }

    private String needs() {
        Table table = new Table(
                "sessions",
                "messages a second to each",
                "cores for deliveries and pings",
                "cores while all come back",
                "memory of all gateways",
                "nodes",
                "memory of a node");
        for (int sessions : SESSIONS) {
            for (double rate : RATES) {
                double steady = sessions * (idle + rate * alone / 1e6) / BUSY;
                double back = sessions * handshake / 1e6 / RETURN_SECONDS / BUSY;
                double bytes = sessions * (HEAP_ROOM * heap + beside + kernel);
                long nodes = nodes(sessions, Math.max(steady, back));
                table.row(
                        text("%,d", sessions),
                        text("%.1f", rate),
                        text("%.1f", steady),
                        text("%.1f", back),
                        text("%.1f GB", bytes / 1e9),
                        text("%d + 1", nodes),
                        text("%.1f GB", bytes / 1e9 / nodes));
            }
        }
        return table.toString();
    }

    private String broker() {
        return text("""

                The broker sends each message once to each node, whatever the number of sessions: here that is %.0f µs of its CPU for a
                message and a node, the publisher's share included. With 1,000 messages a second on all topics together:
                %s.
                It holds two connections for each node, and one queue for each node and live rule. A browser that comes or goes costs it
                nothing.
                """, brokerMicros, brokerLoad());
    }

    private String brokerLoad() {
        StringBuilder text = new StringBuilder();
        for (int sessions : SESSIONS) {
            long nodes = nodes(sessions, sessions * (idle + alone / 1e6) / BUSY) + 1;
            text.append(text.isEmpty() ? "" : ", ")
                    .append(text(
                            "%.2f cores for %,d sessions on %d nodes", nodes * brokerMicros / 1e3, sessions, nodes));
        }
        return text.toString();
    }

    private static long nodes(int sessions, double cores) {
        return Math.max((sessions + NODE_SESSIONS - 1) / NODE_SESSIONS, (long) Math.ceil(cores / NODE_CORES));
    }

    private double median(String scenario, String metric) {
        return samples.spread(scenario, SLUICE, metric).median();
    }

    private static String text(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
