package io.sluice.bridge.amqp;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the methods of AMQP 0-9-1 that clients send, by name; the constants are those of the specification. Any thread. */
public final class AmqpMethods {

    private static final int PROTOCOL_HEADER = 8;
    private static final int DELIVER = id(60, 60);

    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(id(10, 50), "connection.close"),
            Map.entry(id(20, 10), "channel.open"),
            Map.entry(id(20, 40), "channel.close"),
            Map.entry(id(20, 41), "channel.close-ok"),
            Map.entry(id(40, 10), "exchange.declare"),
            Map.entry(id(40, 20), "exchange.delete"),
            Map.entry(id(40, 30), "exchange.bind"),
            Map.entry(id(40, 40), "exchange.unbind"),
            Map.entry(id(50, 10), "queue.declare"),
            Map.entry(id(50, 20), "queue.bind"),
            Map.entry(id(50, 40), "queue.delete"),
            Map.entry(id(50, 50), "queue.unbind"),
            Map.entry(id(60, 20), "basic.consume"),
            Map.entry(id(60, 30), "basic.cancel"),
            Map.entry(id(60, 40), "basic.publish"));

    private final Map<String, AtomicLong> counts = new ConcurrentHashMap<>();
    private final AtomicInteger consumers = new AtomicInteger();
    private final AtomicInteger mostConsumers = new AtomicInteger();

    AmqpMethods() {}

    /** How often {@code method} was sent, named as {@code queue.bind}. */
    public long count(String method) {
        if (!NAMES.containsValue(method)) {
            throw new IllegalArgumentException(method + " is not counted");
        }
        AtomicLong count = counts.get(method);
        return count == null ? 0 : count.get();
    }

    /** All that were sent at least once. */
    public Map<String, Long> counts() {
        Map<String, Long> all = new ConcurrentHashMap<>();
        counts.forEach((name, count) -> all.put(name, count.get()));
        return Map.copyOf(all);
    }

    /** The most consumers that stood at once since {@link #watchConsumers}; a broker asked now and then would miss the short ones. */
    public int mostConsumers() {
        return mostConsumers.get();
    }

    /** From now on. */
    public void watchConsumers() {
        mostConsumers.set(consumers.get());
    }

    /** For what one client sends, from its first byte on. */
    Reader reader() {
        return new Reader(PROTOCOL_HEADER);
    }

    /** For what a broker sends to one client, from its first byte on. */
    static Reader ofBroker() {
        return new AmqpMethods().new Reader(0);
    }

    private static int id(int classId, int methodId) {
        return classId << 16 | methodId;
    }

    /** Reads the frames of one connection, however they are cut into pieces (AMQP 0-9-1, 4.2.3). Not thread-safe. */
    final class Reader {

        private static final int FRAME_HEADER = 7;
        private static final int METHOD_FRAME = 1;
        private static final int METHOD_HEADER = 4;

        private long skip;
        private final byte[] head = new byte[FRAME_HEADER + METHOD_HEADER];
        private int have;
        private final Map<Integer, Integer> consumersOfChannels = new HashMap<>();

        /** The connection is gone, and its consumers are. */
        void end() {
            consumersOfChannels.values().forEach(count -> consumers.addAndGet(-count));
            consumersOfChannels.clear();
        }

        private Reader(int skip) {
            this.skip = skip;
        }

        /** Where in {@code bytes} the first {@code basic.deliver} begins; {@code count} where there is none. */
        int read(byte[] bytes, int count) {
            int delivery = count;
            for (int at = 0; at < count; at++) {
                if (skip > 0) {
                    long step = Math.min(skip, count - at);
                    skip -= step;
                    at += (int) step - 1;
                } else {
                    head[have++] = bytes[at];
                    if (look() == DELIVER) {
                        delivery = Math.min(delivery, Math.max(0, at + 1 - head.length));
                    }
                }
            }
            return delivery;
        }

        /** The method whose frame begins here; 0 where it is none, or not to be seen yet. */
        private int look() {
            if (have < FRAME_HEADER) {
                return 0;
            }
            long rest = number(3) + 1; // the octet that ends each frame
            if (head[0] != METHOD_FRAME) {
                skip = rest;
                have = 0;
            } else if (have == head.length) {
                int method = (int) number(FRAME_HEADER);
                String name = NAMES.get(method);
                if (name != null) {
                    counts.computeIfAbsent(name, none -> new AtomicLong()).incrementAndGet();
                    countConsumers(name, ((head[1] & 0xff) << 8) | (head[2] & 0xff));
                }
                skip = rest - METHOD_HEADER;
                have = 0;
                return method;
            }
            return 0;
        }

        private void countConsumers(String method, int channel) {
            switch (method) {
                case "basic.consume" -> {
                    consumersOfChannels.merge(channel, 1, Integer::sum);
                    mostConsumers.accumulateAndGet(consumers.incrementAndGet(), Math::max);
                }
                case "basic.cancel" -> {
                    consumersOfChannels.merge(channel, -1, Integer::sum);
                    consumers.decrementAndGet();
                }
                case "channel.close", "channel.close-ok" -> {
                    Integer ended = consumersOfChannels.remove(channel);
                    consumers.addAndGet(ended == null ? 0 : -ended);
                }
                case "connection.close" -> end();
                default -> {}
            }
        }

        private long number(int at) {
            return (head[at] & 0xffL) << 24
                    | (head[at + 1] & 0xffL) << 16
                    | (head[at + 2] & 0xffL) << 8
                    | (head[at + 3] & 0xffL);
        }
    }
}
