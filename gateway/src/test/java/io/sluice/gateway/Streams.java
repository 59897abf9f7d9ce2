package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

/** What the tests of resumable rules have in common: numbered messages, and subscriptions that start somewhere. */
final class Streams {

    private Streams() {}

    /** A node's file with one rule for each name: {@code name.#}, on the stream {@code test.name}, with these further keys. */
    static String yaml(String history, String... names) {
        StringBuilder yaml = new StringBuilder("""
                insecure: true
                authentication: {anonymous: true}
                permissions: [{subscribe: ["#"], publish: ["#"]}]
                topics:
                """);
        for (String name : names) {
            yaml.append("  - {match: \"%s.#\", exchange: amq.topic, history: {stream: test.%s%s}}%n"
                    .formatted(name, name, history));
        }
        return yaml.append("  - {match: \"live.#\", exchange: amq.topic}\n").toString();
    }

    static void delete(BackEnd backEnd, String... names) throws IOException {
        for (String name : names) {
            backEnd.channel().queueDelete("test." + name);
        }
    }

    /** Publishes the numbers from {@code from} to {@code end - 1}, and waits for their confirms. */
    static void publish(BackEnd backEnd, String topic, int from, int end) {
        publish(backEnd, topic, from, end, "");
    }

    /** @param fill letters that make each body longer */
    static void publish(BackEnd backEnd, String topic, int from, int end, String fill) {
        try {
            for (int i = from; i < end; i++) {
                String body = fill.isEmpty() ? Integer.toString(i) : "{\"n\":" + i + ",\"fill\":\"" + fill + "\"}";
                backEnd.channel().basicPublish("amq.topic", topic, new BasicProperties(), body.getBytes(US_ASCII));
                if (i % 500 == 499) {
                    backEnd.channel().waitForConfirmsOrDie(Client.PATIENCE.toMillis());
                }
            }
            backEnd.channel().waitForConfirmsOrDie(Client.PATIENCE.toMillis());
        } catch (IOException | InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether the broker serves the stream. */
    static boolean stands(BackEnd backEnd, String name) {
        try (Channel channel = backEnd.channel().getConnection().createChannel()) {
            channel.queueDeclarePassive("test." + name);
            return true;
        } catch (IOException | TimeoutException | AlreadyClosedException down) {
            return false;
        }
    }

    /** The numbers that a stream holds, up to {@code last}, as a consumer that is not ours reads them. */
    static List<Integer> content(BackEnd backEnd, String name, int last) throws IOException, InterruptedException {
        BlockingQueue<Integer> read = new LinkedBlockingQueue<>();
        Channel channel = backEnd.channel();
        channel.basicQos(500);
        channel.basicConsume(
                "test." + name,
                false,
                Map.of("x-stream-offset", "first"),
                (tag, delivery) -> {
                    if (!delivery.getProperties().getHeaders().containsKey("x-sluice-marker")) {
                        read.add(Integer.valueOf(new String(delivery.getBody(), US_ASCII)));
                    }
                    channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
                },
                tag -> {});
        List<Integer> numbers = new ArrayList<>();
        while (numbers.isEmpty() || numbers.get(numbers.size() - 1) != last) {
            Integer next = read.poll(Client.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(next).as("after " + numbers.size()).isNotNull();
            numbers.add(next);
        }
        return numbers;
    }

    /** Subscribes from somewhere; gives what the {@code ok} says of the one subscription. */
    static Received subscribe(Client client, String pattern, String from) {
        Received ok = client.ask("{\"op\":\"subscribe\",\"topic\":\"" + pattern + "\",\"from\":" + from + "}");
        assertThat(ok.op()).as(ok.text()).isEqualTo("ok");
        assertThat(ok.json().at("/subscriptions/0/topic").asString()).isEqualTo(pattern);
        return ok;
    }

    /** Comes back with {@code position}, which must be recovered. */
    static void resume(Client client, String pattern, String position) {
        Received ok = subscribe(client, pattern, behind(position));
        assertThat(ok.json().at("/subscriptions/0/recovered").asBoolean())
                .as(ok.text())
                .isTrue();
    }

    static String behind(String position) {
        return "{\"position\":\"" + position + "\"}";
    }

    static String position(Received ok) {
        String position = ok.json().at("/subscriptions/0/position").asString();
        assertThat(position).isNotEmpty();
        return position;
    }

    /** Takes the messages with these numbers, and nothing else; gives the position of the last. */
    static String expect(Client client, int from, int end) {
        String position = "";
        for (int i = from; i < end; i++) {
            Received message = client.expect("message");
            assertThat(number(message)).isEqualTo(i);
            position = message.json().path("position").asString();
            assertThat(position).isNotEmpty();
        }
        return position;
    }

    static int number(Received message) {
        return message.json().path("data").isInt()
                ? message.json().path("data").asInt()
                : message.json().at("/data/n").asInt(-1);
    }

    static List<Integer> numbers(int from, int end) {
        return new ArrayList<>(IntStream.range(from, end).boxed().toList());
    }
}
