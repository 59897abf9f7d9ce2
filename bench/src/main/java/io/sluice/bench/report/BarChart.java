package io.sluice.bench.report;

import io.sluice.bench.server.Contender;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The server's CPU time for each delivery as horizontal bars on a logarithmic axis: an SVG that needs nothing beside itself. */
public final class BarChart {

    private record Row(String label, Spread micros, boolean ours) {}

    private static final int WIDTH = 820;
    private static final int LEFT = 210;
    private static final int RIGHT = 120;
    private static final int ROW = 26;
    private static final int HEAD = 46;
    private static final double LEAST = 0.1;
    private static final double MOST = 200;

    private final Samples samples;

    public BarChart(Samples samples) {
        this.samples = samples;
    }

    /** Saturated and paced, one panel each. */
    public String svg() {
        StringBuilder body = new StringBuilder();
        int y = panel(body, 10, "saturated: 1,000 subscribers, 128 B", List.of("saturated-1000x128"));
        y = panel(body, y + 16, "one message at a time, 1,000 subscribers", List.of("paced-1000x20", "paced-1000x5"));
        return """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">
                <title>CPU time of the server for each delivery, in microseconds, logarithmic</title>
                <rect width="100%%" height="100%%" fill="#ffffff"/>
                %s</svg>
                """.formatted(WIDTH, y + 10, body);
    }

    /** Draws one from {@code top} and gives where it ends. */
    private int panel(StringBuilder into, int top, String title, List<String> scenarios) {
        List<Row> rows = new ArrayList<>();
        for (String scenario : scenarios) {
            for (String server : samples.servers(scenario)) {
                Spread micros = samples.spread(scenario, server, "server-us");
                rows.add(new Row(server, micros, server.equals(Contender.SLUICE.title())));
            }
        }
        rows.sort(Comparator.comparingDouble(row -> row.micros().median()));
        int bottom = top + HEAD + rows.size() * ROW;
        add(
                into,
                "<text x=\"%d\" y=\"%d\" font-weight=\"bold\" fill=\"#1f2933\">%s</text>",
                LEFT,
                top + 16,
                "CPU for each delivery, " + title);
        for (double tick = LEAST; tick <= MOST; tick *= 10) {
            add(
                    into,
                    "<line x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"%2$d\" y2=\"%3$d\" stroke=\"#d8dee4\"/>",
                    x(tick),
                    top + HEAD - 6,
                    bottom);
            add(
                    into,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#616e7c\">%s µs</text>",
                    x(tick),
                    top + HEAD - 12,
                    label(tick));
        }
        for (int i = 0; i < rows.size(); i++) {
            bar(into, rows.get(i), top + HEAD + i * ROW);
        }
        return bottom;
    }

    private static void bar(StringBuilder into, Row row, int top) {
        Spread micros = row.micros();
        int middle = top + ROW / 2;
        add(
                into,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#1f2933\">%s</text>",
                LEFT - 10,
                middle + 4,
                row.label());
        add(
                into,
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>",
                LEFT,
                top + 4,
                x(micros.median()) - LEFT,
                ROW - 8,
                row.ours() ? "#0b7285" : "#adb5bd");
        add(
                into,
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%3$d\" y2=\"%3$d\" stroke=\"#1f2933\"/>",
                x(micros.least()),
                x(micros.greatest()),
                middle);
        add(
                into,
                "<text x=\"%.1f\" y=\"%d\" fill=\"#1f2933\">%s</text>",
                x(micros.greatest()) + 8,
                middle + 4,
                Figure.MICROS.of(micros.median()));
    }

    private static double x(double micros) {
        double share = Math.log10(Math.max(LEAST, micros) / LEAST) / Math.log10(MOST / LEAST);
        return LEFT + share * (WIDTH - LEFT - RIGHT);
    }

    private static String label(double tick) {
        return tick < 1 ? "0.1" : String.format(Locale.ROOT, "%.0f", tick);
    }

    private static void add(StringBuilder into, String format, Object... arguments) {
        into.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
