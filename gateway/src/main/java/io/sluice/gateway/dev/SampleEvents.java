package io.sluice.gateway.dev;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What the back ends of a small trading shop would say: prices that walk, orders that move from {@code created} to {@code shipped}, a
 * headline now and then. No thread, no clock and no chance of its own: the same arguments give the same events. Not thread safe.
 */
final class SampleEvents {

    /** One AMQP message: {@code body} is UTF-8. */
    record Event(String topic, String contentType, byte[] body) {}

    /** One tick is a tenth of a second to the publisher; the rates below are per tick. */
    static final int TICKS_PER_SECOND = 10;

    private static final int TICKS_PER_ORDER_STEP = 13;
    private static final int TICKS_PER_HEADLINE = 90;
    private static final int FIRST_HEADLINE = 15;
    private static final int OPEN_ORDERS = 4;
    private static final List<String> STATUSES = List.of("created", "paid", "packed", "shipped");

    private final Random random;
    private final Clock clock;
    private final List<Pair> pairs = List.of(
            new Pair("eur.usd", 1.0850, 5),
            new Pair("gbp.usd", 1.2710, 5),
            new Pair("usd.jpy", 149.320, 3),
            new Pair("eur.chf", 0.9415, 5),
            new Pair("btc.usd", 64_210.0, 1),
            new Pair("xau.usd", 2_412.40, 2));
    private final Deque<Order> orders = new ArrayDeque<>();
    private long nextOrder = 4711;
    private long tick;

    SampleEvents(Random random, Clock clock) {
        this.random = random;
        this.clock = clock;
    }

    /** The events of the next tick, one or two of them, made of this moment. */
    List<Event> next() {
        var events = new ArrayList<Event>(3);
        events.add(price());
        if (tick % TICKS_PER_ORDER_STEP == 0) {
            events.add(orderStep());
        }
        if (tick % TICKS_PER_HEADLINE == FIRST_HEADLINE) {
            events.add(headline());
        }
        tick++;
        return events;
    }

    private Event price() {
        Pair pair = pairs.get(random.nextInt(pairs.size()));
        pair.step(random);
        String format = "%." + pair.decimals + "f";
        return json(
                "prices." + pair.name,
                "{\"bid\":%s,\"ask\":%s,\"time\":\"%s\"}",
                String.format(Locale.ROOT, format, pair.bid),
                String.format(Locale.ROOT, format, pair.ask()),
                now());
    }

    private Event orderStep() {
        if (orders.size() < OPEN_ORDERS) {
            var order = new Order(nextOrder++, "EUR", 5 + random.nextInt(400) + random.nextInt(100) / 100.0);
            orders.add(order);
            return status(order);
        }
        Order order = orders.remove();
        order.status++;
        if (order.status < STATUSES.size() - 1) {
            orders.add(order);
        }
        return status(order);
    }

    private Event status(Order order) {
        return json(
                "orders." + order.id + ".status",
                "{\"order\":%d,\"status\":\"%s\",\"total\":%s,\"currency\":\"%s\",\"time\":\"%s\"}",
                order.id,
                STATUSES.get(order.status),
                String.format(Locale.ROOT, "%.2f", order.total),
                order.currency,
                now());
    }

    private Event headline() {
        String[] headline = HEADLINES[random.nextInt(HEADLINES.length)];
        return new Event("news." + headline[0], "text/plain", headline[1].getBytes(StandardCharsets.UTF_8));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private static Event json(String topic, String format, Object... values) {
        return new Event(
                topic,
                "application/json",
                String.format(Locale.ROOT, format, values).getBytes(StandardCharsets.UTF_8));
    }

    private static final String[][] HEADLINES = {
        {"markets", "Euro steady as traders wait for the inflation figures"},
        {"markets", "Gold touches a three-week high"},
        {"logistics", "Rotterdam clears its backlog of containers"},
        {"weather", "Storm warning for the North Sea coast until midnight"},
        {"sports", "Late goal keeps the home side at the top of the table"},
        {"technology", "Old protocol found to be good enough after all"},
    };

    /** A quote that walks at random and is drawn back to where it began, so that it stays believable for days. */
    private static final class Pair {
        private final String name;
        private final double anchor;
        private final int decimals;
        private double bid;

        private Pair(String name, double anchor, int decimals) {
            this.name = name;
            this.anchor = anchor;
            this.decimals = decimals;
            this.bid = anchor;
        }

        private void step(Random random) {
            bid += anchor * 0.0002 * random.nextGaussian() + 0.002 * (anchor - bid);
        }

        private double ask() {
            return bid + anchor * 0.00012;
        }
    }

    private static final class Order {
        private final long id;
        private final String currency;
        private final double total;
        private int status;

        private Order(long id, String currency, double total) {
            this.id = id;
            this.currency = currency;
            this.total = total;
        }
    }
}
