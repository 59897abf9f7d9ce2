import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A browser, as far as the gateway can tell: it has an Origin. What it hears is looked through in its order. */
final class Browser implements WebSocket.Listener, AutoCloseable {

    static final HttpClient HTTP = HttpClient.newHttpClient();

    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final List<String> seen = new ArrayList<>();
    private final StringBuilder partial = new StringBuilder();
    private WebSocket socket;

    /** With {@code token} as its subprotocol; with none, anonymous. */
    static Browser open(URI gateway, String origin, String token) throws Exception {
        Browser browser = new Browser();
        WebSocket.Builder builder = HTTP.newWebSocketBuilder();
        if (token != null) {
            builder.subprotocols("sluice.v1.json", "bearer." + token);
        }
        browser.socket = builder.header("Origin", origin).buildAsync(gateway, browser).get(10, TimeUnit.SECONDS);
        return browser;
    }

    void send(String text) throws Exception {
        socket.sendText(text, true).get(10, TimeUnit.SECONDS);
    }

    /** Sends, and waits for the {@code ok} of the id 1. */
    void ask(String text) throws Exception {
        send(text);
        expect("\"op\":\"ok\"", "\"id\":1");
    }

    /** Waits for an event that holds all of {@code parts}, and gives it. */
    String expect(String... parts) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (true) {
            String event = events.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (event == null || event.startsWith("failed")) {
                throw new AssertionError("expected " + shown(List.of(parts)) + " and saw only " + shown(seen) + ", then " + event);
            }
            seen.add(event);
            if (List.of(parts).stream().allMatch(event::contains)) {
                return event;
            }
        }
    }

    private static List<String> shown(List<String> texts) {
        return texts.stream().map(text -> text.substring(0, Math.min(300, text.length()))).toList();
    }

    /** The value of a field of {@code event}: a string, or a number. */
    static String field(String event, String name) {
        Matcher field = Pattern.compile('"' + name + "\":\"?([^\",}]*)").matcher(event);
        if (!field.find()) {
            throw new AssertionError("no " + name + " in " + event);
        }
        return field.group(1);
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        partial.append(data);
        if (last) {
            events.add(partial.toString());
            partial.setLength(0);
        }
        from.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        events.add("closed " + code + " " + reason);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        events.add("failed " + error);
    }

    @Override
    public void close() {
        socket.abort();
    }
}
