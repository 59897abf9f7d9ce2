import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Random;

/**
 * A back end, as small as can be: publishes a price of one of four pairs to the exchange {@code market} ten times a second, with the topic
 * as routing key. What it publishes is in the browsers that are subscribed to {@code prices.#} a moment later.
 *
 * <p>Environment: {@code AMQP_URI}, default {@code amqp://guest:guest@localhost:5672/%2f}; {@code RATE}, messages a second, default 10.
 */
public final class PricePublisher {

    private static final String[] PAIRS = {"eur.usd", "eur.gbp", "eur.chf", "eur.jpy"};

    private PricePublisher() {}

    public static void main(String[] arguments) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(System.getenv().getOrDefault("AMQP_URI", "amqp://guest:guest@localhost:5672/%2f"));
        if (factory.isSSL()) {
            factory.useSslProtocol(javax.net.ssl.SSLContext.getDefault()); // the URI alone would trust every certificate
            factory.enableHostnameVerification();
        }
        long pauseMillis = 1000 / Long.parseLong(System.getenv().getOrDefault("RATE", "10"));
        double[] bids = {1.0832, 0.8411, 0.9377, 169.42};
        Random random = new Random();
        // A live rule without subscribers keeps nothing, so nothing here waits for confirms or is persistent.
        AMQP.BasicProperties json =
                new AMQP.BasicProperties.Builder().contentType("application/json").build();
        try (Connection connection = factory.newConnection("price publisher");
                Channel channel = connection.createChannel()) {
            while (true) {
                int pair = random.nextInt(PAIRS.length);
                bids[pair] *= 1 + random.nextGaussian() / 10_000;
                String body = String.format(Locale.ROOT, "{\"bid\":%.4f,\"at\":%d}", bids[pair], System.currentTimeMillis());
                channel.basicPublish("market", "prices." + PAIRS[pair], json, body.getBytes(StandardCharsets.UTF_8));
                Thread.sleep(pauseMillis);
            }
        }
    }
}
