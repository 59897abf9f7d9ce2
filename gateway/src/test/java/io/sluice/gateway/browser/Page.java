package io.sluice.gateway.browser;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.core.ConditionTimeoutException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One tab, as a person uses it: real clicks at the middle of what is seen, real typing into what has the focus. Selectors are CSS
 * selectors. What the page's console says of errors is collected, exceptions and refused resources among it.
 */
public final class Page implements AutoCloseable {

    /** For {@link #viewport}: the narrowest phone that counts. */
    public static final int PHONE_WIDTH = 360;

    /** For {@link #viewport}: a usual laptop. */
    public static final int DESKTOP_WIDTH = 1280;

    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Duration POLL = Duration.ofMillis(25);

    private final DevTools tools;
    private final List<String> consoleErrors = new CopyOnWriteArrayList<>();

    Page(DevTools tools) {
        this.tools = tools;
        tools.onEvent(this::event);
        tools.command("Runtime.enable", Map.of());
        tools.command("Log.enable", Map.of());
        tools.command("Page.enable", Map.of());
        viewport(DESKTOP_WIDTH, 800, false);
    }

    /** Goes to {@code url} and waits until it has loaded, scripts included. */
    public void open(String url) {
        JsonNode navigation = tools.command("Page.navigate", Map.of("url", url));
        if (navigation.has("errorText")) {
            throw new IllegalStateException("The browser could not open " + url + ": "
                    + navigation.get("errorText").asString());
        }
        waitFor("document.readyState === 'complete'");
    }

    /** The value of a JavaScript expression, or of the promise it gives. Fails with the exception's text if it throws. */
    public JsonNode eval(String expression) {
        JsonNode result = tools.command(
                "Runtime.evaluate",
                Map.of("expression", expression, "returnByValue", true, "awaitPromise", true, "userGesture", true));
        if (result.has("exceptionDetails")) {
            throw new IllegalStateException(expression + " threw "
                    + result.at("/exceptionDetails/exception/description").asString());
        }
        return result.at("/result/value");
    }

    /** Waits, at most 15 s, until a JavaScript expression is truthy. Its failure says what was visible instead. */
    public void waitFor(String condition) {
        try {
            await().atMost(PATIENCE)
                    .pollInterval(POLL)
                    .until(() -> eval("!!(" + condition + ")").booleanValue());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(
                    "Not true within " + PATIENCE.toSeconds() + " s: " + condition + "\nThe page says:\n"
                            + eval("document.body.innerText").asString() + "\nThe console says: " + consoleErrors,
                    e);
        }
    }

    /** What a person reads there. */
    public String text(String selector) {
        return eval(element(selector) + ".innerText").asString();
    }

    /** Scrolls there if need be, and presses the left button in its middle. */
    public void click(String selector) {
        waitFor("document.querySelector(" + quote(selector) + ")");
        JsonNode middle = eval(
                "(e => { e.scrollIntoView({block: 'center', behavior: 'instant'}); const r = e.getBoundingClientRect();"
                        + " return {x: r.x + r.width / 2, y: r.y + r.height / 2}; })(" + element(selector) + ")");
        for (String type : List.of("mousePressed", "mouseReleased")) {
            tools.command(
                    "Input.dispatchMouseEvent",
                    Map.of(
                            "type",
                            type,
                            "x",
                            middle.get("x").doubleValue(),
                            "y",
                            middle.get("y").doubleValue(),
                            "button",
                            "left",
                            "clickCount",
                            1));
        }
    }

    /** Replaces what stands in a field. */
    public void type(String selector, String text) {
        eval("(e => { e.focus(); e.select(); })(" + element(selector) + ")");
        tools.command("Input.insertText", Map.of("text", text));
    }

    /** Presses a key that writes nothing, such as {@code Tab}, {@code Enter} or {@code ArrowDown}, where the focus is. */
    public void press(String key) {
        int code = switch (key) {
            case "Tab" -> 9;
            case "Enter" -> 13;
            case "Escape" -> 27;
            case "ArrowUp" -> 38;
            case "ArrowDown" -> 40;
            default -> throw new IllegalArgumentException("No such key here: " + key);
        };
        for (String type : List.of("keyDown", "keyUp")) {
            var event = Map.of(
                    "type",
                    type,
                    "key",
                    key,
                    "code",
                    key,
                    "windowsVirtualKeyCode",
                    code,
                    "text",
                    key.equals("Enter") ? "\r" : "");
            tools.command("Input.dispatchKeyEvent", event);
        }
    }

    /** Sizes in CSS pixels; {@code mobile} as a phone has it: touch, overlay scroll bars, two device pixels to one. */
    public void viewport(int width, int height, boolean mobile) {
        tools.command(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", mobile ? 2 : 1, "mobile", mobile));
    }

    /** {@code light} or {@code dark}: what {@code prefers-color-scheme} says. */
    public void colorScheme(String scheme) {
        tools.command(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** Writes a PNG of the whole page, what lies below the fold too. */
    public void screenshot(Path file) {
        String png = tools.command(
                        "Page.captureScreenshot",
                        Map.of("format", "png", "captureBeyondViewport", true, "clip", wholePage()))
                .get("data")
                .asString();
        try {
            Files.write(file, Base64.getDecoder().decode(png));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Errors so far: {@code console.error}, uncaught exceptions, resources that did not load or that the CSP refused. */
    public List<String> consoleErrors() {
        return List.copyOf(consoleErrors);
    }

    @Override
    public void close() {
        tools.command("Page.close", Map.of());
        tools.close();
    }

    private Map<String, Object> wholePage() {
        JsonNode size =
                eval("({width: innerWidth, height: Math.max(innerHeight, document.documentElement.scrollHeight)})");
        return Map.of(
                "x", 0,
                "y", 0,
                "width", size.get("width").intValue(),
                "height", size.get("height").intValue(),
                "scale", 1);
    }

    private void event(String method, JsonNode parameters) {
        switch (method) {
            case "Runtime.exceptionThrown" ->
                consoleErrors.add(
                        parameters.at("/exceptionDetails/exception/description").asString());
            case "Runtime.consoleAPICalled" -> {
                if (parameters.path("type").asString().equals("error")) {
                    consoleErrors.add(parameters.path("args").toString());
                }
            }
            case "Log.entryAdded" -> {
                if (parameters.at("/entry/level").asString().equals("error")) {
                    consoleErrors.add(parameters.at("/entry/text").asString() + " "
                            + parameters.at("/entry/url").asString(""));
                }
            }
            default -> {}
        }
    }

    private static String element(String selector) {
        return "document.querySelector(" + quote(selector) + ")";
    }

    private static String quote(String text) {
        return JsonMapper.shared().writeValueAsString(text);
    }
}
