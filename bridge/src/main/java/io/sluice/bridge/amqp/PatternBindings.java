package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.sluice.bridge.BindOutcome;
import io.sluice.bridge.topic.TopicPattern;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bindings of a live queue that is bound per pattern: counted, each made once, kept for a while after the last who wanted it has gone,
 * and so many at most. They outlive a connection: the next queue is bound with all that are wanted, before it is consumed.
 *
 * <p>{@link #bind} and {@link #unbind} may be called from any thread and only count; the broker's thread binds, many at a time.
 */
final class PatternBindings {

    /** A queue with thousands of bindings can stall its exchange for minutes when it goes. */
    static final int MOST = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(PatternBindings.class);

    /** One pattern and who wants it. */
    private static final class Binding {
        private final List<Consumer<BindOutcome>> asking = new ArrayList<>(1);
        private int holders;
        private boolean bound;
        private long idleSinceNanos;
    }

    private final String rule;
    private final String exchange;
    private final long lingerNanos;
    private final SerialThread thread;

    /** Guarded by itself, never over anything that waits. The longest bound first. */
    private final Map<String, Binding> bindings = new LinkedHashMap<>();

    private boolean scheduled;

    // On the broker's thread alone.
    private @Nullable Connection connection;
    private @Nullable Channel channel;
    private String queue = "";

    PatternBindings(String rule, String exchange, Duration linger, SerialThread thread) {
        this.rule = rule;
        this.exchange = exchange;
        this.lingerNanos = linger.toNanos();
        this.thread = thread;
    }

    /** See {@link io.sluice.bridge.Broker#bind}. */
    void bind(TopicPattern pattern, Consumer<BindOutcome> settled) {
        BindOutcome now = hold(pattern.toString(), settled);
        if (now != null) {
            settled.accept(now);
        }
    }

    /** See {@link io.sluice.bridge.Broker#unbind}. */
    void unbind(TopicPattern pattern) {
        synchronized (bindings) {
            Binding binding = bindings.get(pattern.toString());
            if (binding != null && --binding.holders == 0) {
                binding.idleSinceNanos = System.nanoTime();
            }
        }
    }

    /** How many stand or are about to. */
    int count() {
        synchronized (bindings) {
            return bindings.size();
        }
    }

    /**
     * Binds {@code newQueue} with everything that is wanted, on its own {@code feed} channel: what the broker refuses there ends the feed.
     * On the broker's thread, as everything below.
     */
    void attached(Connection standing, Channel feed, String newQueue) throws IOException {
        List<String> wanted = new ArrayList<>();
        synchronized (bindings) {
            bindings.values().removeIf(binding -> binding.holders == 0);
            wanted.addAll(bindings.keySet());
        }
        bindAll(feed, newQueue, wanted);
        connection = standing;
        queue = newQueue;
        settle(wanted, BindOutcome.BOUND);
    }

    /** Binds again what stands, which changes nothing where it does. What the broker says against it; null for nothing. */
    @Nullable
    String reassert() throws IOException {
        List<String> bound = new ArrayList<>();
        synchronized (bindings) {
            bindings.forEach((pattern, binding) -> {
                if (binding.bound) {
                    bound.add(pattern);
                }
            });
        }
        try {
            bindAll(openChannel(), queue, bound);
            return null;
        } catch (IOException | ShutdownSignalException failure) {
            channel = null;
            AMQP.Channel.Close refusal = Reason.channelClose(failure);
            if (refusal == null) {
                throw new IOException("no answer", failure);
            }
            return refusal.getReplyText();
        }
    }

    /** The queue is gone, and its bindings with it; who waits is told. */
    void detached() {
        connection = null;
        channel = null;
        List<String> waiting = new ArrayList<>();
        synchronized (bindings) {
            bindings.forEach((pattern, binding) -> {
                binding.bound = false;
                waiting.add(pattern);
            });
        }
        settle(waiting, BindOutcome.UNAVAILABLE);
    }

    /** Unbinds what nobody has wanted for a while. */
    void sweep() {
        long now = System.nanoTime();
        List<String> idle = new ArrayList<>();
        synchronized (bindings) {
            bindings.entrySet().removeIf(entry -> {
                Binding binding = entry.getValue();
                boolean gone = binding.holders == 0 && now - binding.idleSinceNanos >= lingerNanos;
                if (gone && binding.bound) {
                    idle.add(entry.getKey());
                }
                return gone;
            });
        }
        idle.forEach(this::unbindNow);
    }

    /** The outcome where it is known at once; null where it will be told. */
    private @Nullable BindOutcome hold(String pattern, Consumer<BindOutcome> settled) {
        synchronized (bindings) {
            Binding binding = bindings.get(pattern);
            if (binding == null) {
                if (bindings.size() >= MOST && !makeRoom()) {
                    return BindOutcome.LIMIT;
                }
                binding = new Binding();
                bindings.put(pattern, binding);
            }
            binding.holders++;
            if (binding.bound) {
                return BindOutcome.BOUND;
            }
            binding.asking.add(settled);
            if (!scheduled) {
                scheduled = true;
                thread.run(this::bindWaiting);
            }
            return null;
        }
    }

    /** Of those that nobody wants, the one for longest has to go now. */
    private boolean makeRoom() {
        String oldest = null;
        long since = 0;
        for (Map.Entry<String, Binding> entry : bindings.entrySet()) {
            Binding binding = entry.getValue();
            if (binding.holders == 0 && (oldest == null || binding.idleSinceNanos - since < 0)) {
                oldest = entry.getKey();
                since = binding.idleSinceNanos;
            }
        }
        if (oldest == null) {
            return false;
        }
        String going = oldest;
        bindings.remove(going);
        thread.run(() -> unbindNow(going));
        return true;
    }

    private void bindWaiting() {
        List<String> waiting = new ArrayList<>();
        synchronized (bindings) {
            scheduled = false;
            bindings.forEach((pattern, binding) -> {
                if (!binding.bound) {
                    waiting.add(pattern);
                }
            });
        }
        if (connection == null) {
            settle(waiting, BindOutcome.UNAVAILABLE);
            return;
        }
        if (tryBind(waiting)) {
            settle(waiting, BindOutcome.BOUND);
        } else {
            // One that the broker refuses must not cost the others theirs.
            waiting.forEach(
                    one -> settle(List.of(one), tryBind(List.of(one)) ? BindOutcome.BOUND : BindOutcome.UNAVAILABLE));
        }
    }

    private boolean tryBind(List<String> patterns) {
        try {
            bindAll(openChannel(), queue, patterns);
            return true;
        } catch (IOException | ShutdownSignalException failure) {
            channel = null;
            AMQP.Channel.Close refusal = Reason.channelClose(failure);
            if (refusal != null && patterns.size() == 1) {
                LOG.warn("rule {}: {} is not bound: {}", rule, patterns.get(0), refusal.getReplyText());
            }
            return false;
        }
    }

    private void unbindNow(String pattern) {
        synchronized (bindings) {
            if (connection == null || bindings.containsKey(pattern)) {
                return;
            }
        }
        try {
            openChannel().queueUnbind(queue, exchange, pattern);
        } catch (IOException | ShutdownSignalException failure) {
            channel = null;
            LOG.debug("rule {}: {} is not unbound: {}", rule, pattern, failure.toString());
        }
    }

    /** One round trip for all. */
    private void bindAll(Channel on, String to, List<String> patterns) throws IOException {
        int last = patterns.size() - 1;
        for (int i = 0; i < last; i++) {
            on.queueBindNoWait(to, exchange, patterns.get(i), Map.of());
        }
        if (last >= 0) {
            on.queueBind(to, exchange, patterns.get(last));
        }
    }

    private void settle(List<String> patterns, BindOutcome outcome) {
        List<Consumer<BindOutcome>> told = new ArrayList<>();
        synchronized (bindings) {
            for (String pattern : patterns) {
                Binding binding = bindings.get(pattern);
                if (binding == null) {
                    continue;
                }
                binding.bound = outcome == BindOutcome.BOUND;
                if (!binding.bound) {
                    binding.holders -= binding.asking.size();
                }
                told.addAll(binding.asking);
                binding.asking.clear();
                if (!binding.bound && binding.holders <= 0) {
                    bindings.remove(pattern);
                }
            }
        }
        told.forEach(one -> one.accept(outcome));
    }

    private Channel openChannel() throws IOException {
        Channel open = channel;
        Connection standing = connection;
        if (standing == null) {
            throw new IOException("there is no connection");
        }
        if (open == null || !open.isOpen()) {
            open = standing.createChannel();
            if (open == null) {
                throw new IOException("the connection has no channel left: raise the broker's channel_max");
            }
            channel = open;
        }
        return open;
    }
}
