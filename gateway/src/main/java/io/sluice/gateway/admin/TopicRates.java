package io.sluice.gateway.admin;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.topic.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What comes from the broker by topic, over the last ten to twenty seconds, on its way to the hub. Any thread. */
public final class TopicRates extends PassingSink {

    /** Topics that are counted in one period; of those beyond, none is told by its name. */
    static final int TOPICS = 10_000;

    private static final long PERIOD_NANOS = 10_000_000_000L;

    /** @param perSecond messages */
    record Rate(String topic, Rule rule, double perSecond, double bytesPerSecond) {}

    private record Key(Rule rule, String topic) {}

    private record Count(LongAdder messages, LongAdder bytes) {
        Count() {
            this(new LongAdder(), new LongAdder());
        }
    }

    private record Period(long startNanos, Map<Key, Count> counts) {
        Period(long startNanos) {
            this(startNanos, new ConcurrentHashMap<>());
        }
    }

    private volatile Period before;
    private volatile Period current;

    public TopicRates(DeliverySink next) {
        super(next);
        current = new Period(System.nanoTime());
        before = current;
    }

    @Override
    public void deliver(Delivery delivery) {
        Map<Key, Count> counts = period(delivery.receivedNanos()).counts();
        Key key = new Key(delivery.rule(), delivery.topic());
        Count count = counts.get(key);
        if (count == null && counts.size() < TOPICS) {
            count = counts.computeIfAbsent(key, missing -> new Count());
        }
        if (count != null) {
            count.messages().increment();
            count.bytes().add(delivery.body().length);
        }
        super.deliver(delivery);
    }

    /** Of each topic that something came on, in no order. */
    List<Rate> rates(long nowNanos) {
        Period newest = period(nowNanos);
        Period older = before;
        double seconds = Math.max(1e-3, (nowNanos - older.startNanos()) / 1e9);
        Map<Key, long[]> sums = new HashMap<>();
        add(newest, sums);
        if (older.startNanos() != newest.startNanos()) {
            add(older, sums);
        }
        List<Rate> rates = new ArrayList<>(sums.size());
        sums.forEach((key, sum) -> rates.add(new Rate(key.topic(), key.rule(), sum[0] / seconds, sum[1] / seconds)));
        return rates;
    }

    private static void add(Period period, Map<Key, long[]> sums) {
        period.counts().forEach((key, count) -> {
            long[] sum = sums.computeIfAbsent(key, missing -> new long[2]);
            sum[0] += count.messages().sum();
            sum[1] += count.bytes().sum();
        });
    }

    private Period period(long nowNanos) {
        Period now = current;
        return nowNanos - now.startNanos() < PERIOD_NANOS ? now : begin(nowNanos);
    }

    private synchronized Period begin(long nowNanos) {
        Period last = current;
        long age = nowNanos - last.startNanos();
        if (age >= PERIOD_NANOS) {
            // After a silence of two periods nothing of what was counted is news.
            Period fresh = new Period(nowNanos);
            before = age < 2 * PERIOD_NANOS ? last : fresh;
            current = fresh;
        }
        return current;
    }
}
