package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.sluice.bridge.topic.Rule;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One pass over what rules need in the broker: asks for it passively, or declares it where the rule says so. A refusal closes the
 * channel that asked, so this works on channels of its own and throws each away with its refusal. Not thread-safe.
 */
final class Topology implements AutoCloseable {

    /** One exchange that may be asked for by many rules. */
    private record Asked(String exchange, boolean declare) {}

    private interface Operation {
        void on(Channel channel) throws IOException;
    }

    private final Connection connection;
    private final BrokerProduct product;
    private final Map<Asked, String> answers = new HashMap<>();
    private @Nullable Channel channel;

    Topology(Connection connection) {
        this.connection = connection;
        this.product = BrokerProduct.of(connection);
    }

    Connection connection() {
        return connection;
    }

    /**
     * What {@code rule} lacks, as a sentence that says what to do; null where nothing is missing.
     *
     * @throws IOException the connection is gone, or does not answer
     */
    @Nullable
    String problem(Rule rule) throws IOException {
        String lacking = product.problem(rule);
        if (lacking != null) {
            return lacking;
        }
        if (rule.source() instanceof Rule.Work work) {
            return queueProblem(work.queue(), rule.declare());
        }
        Asked asked = new Asked(exchange(rule), rule.declare());
        String answer = answers.get(asked);
        if (answer == null) {
            String problem = exchangeProblem(asked);
            answer = problem == null ? "" : problem;
            answers.put(asked, answer);
        }
        return answer.isEmpty() ? null : answer;
    }

    /** Binds again, which changes nothing where the binding stands. What the broker says against it; null for nothing. */
    @Nullable
    String rebind(String queue, String exchange, String bindingKey) throws IOException {
        AMQP.Channel.Close refusal = attempt(on -> on.queueBind(queue, exchange, bindingKey));
        return refusal == null ? null : refusal.getReplyText();
    }

    /** The exchange that {@code rule} publishes to and, as the case may be, is fed from; empty for a work rule. */
    static String exchange(Rule rule) {
        if (rule.source() instanceof Rule.Live live) {
            return live.exchange();
        }
        return rule.source() instanceof Rule.Resumable resumable ? resumable.exchange() : "";
    }

    private @Nullable String exchangeProblem(Asked asked) throws IOException {
        String exchange = asked.exchange();
        AMQP.Channel.Close refusal = attempt(on -> on.exchangeDeclarePassive(exchange));
        if (refusal != null && refusal.getReplyCode() == AMQP.NOT_FOUND && asked.declare()) {
            refusal = attempt(on -> on.exchangeDeclare(exchange, "topic", true));
        }
        return refusal == null ? null : sentence("exchange", exchange, asked.declare(), refusal);
    }

    private @Nullable String queueProblem(String queue, boolean declare) throws IOException {
        AMQP.Channel.Close refusal = attempt(on -> on.queueDeclarePassive(queue));
        if (refusal != null && refusal.getReplyCode() == AMQP.NOT_FOUND && declare) {
            refusal = attempt(on -> on.queueDeclare(queue, true, false, false, null));
        }
        return refusal == null ? null : sentence("queue", queue, declare, refusal);
    }

    private static String sentence(String kind, String name, boolean declare, AMQP.Channel.Close refusal) {
        if (refusal.getReplyCode() == AMQP.NOT_FOUND) {
            return "The " + kind + " '" + name + "' does not exist: create it, or set declare: true on the rule.";
        }
        if (declare && refusal.getReplyCode() == AMQP.ACCESS_REFUSED) {
            return "The " + kind + " '" + name
                    + "' may not be declared: create it, or grant the broker's user configure on it ("
                    + refusal.getReplyText() + ").";
        }
        return "The " + kind + " '" + name + "' cannot be used: " + refusal.getReplyText() + ".";
    }

    /** The broker's refusal, null where it agreed. */
    private AMQP.Channel.@Nullable Close attempt(Operation operation) throws IOException {
        try {
            operation.on(openChannel());
            return null;
        } catch (IOException | ShutdownSignalException failure) {
            channel = null;
            AMQP.Channel.Close refusal = Reason.channelClose(failure);
            if (refusal == null) {
                throw new IOException("no answer", failure);
            }
            return refusal;
        }
    }

    private Channel openChannel() throws IOException {
        Channel current = channel;
        if (current == null || !current.isOpen()) {
            current = connection.createChannel();
            if (current == null) {
                throw new IOException("the connection has no channel left");
            }
            channel = current;
        }
        return current;
    }

    @Override
    public void close() {
        Channel last = channel;
        channel = null;
        if (last != null) {
            ChannelEnd.of(last);
        }
    }
}
