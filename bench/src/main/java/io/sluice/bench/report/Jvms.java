package io.sluice.bench.report;

import io.sluice.bench.server.Contender;
import java.util.List;

/** The part of the page about JVMs: each in a row, beside the first that was measured. */
public final class Jvms {

    /** Followed by the title of the JVM, the names of the scenarios. */
    public static final String SATURATED = "jvm-saturated-1000x128 on ";

    public static final String PACED = "jvm-paced-1000x20 on ";
    public static final String PROMPT = "jvm-paced-100x200 on ";
    public static final String IDLE = "jvm-idle-5000 on ";

    private static final String SLUICE = Contender.SLUICE.title();

    private final Samples samples;

    Jvms(Samples samples) {
        this.samples = samples;
    }

    /** Empty where none was measured. */
    String markdown() {
        List<String> titles = samples.scenarios(SATURATED).stream()
                .map(scenario -> scenario.substring(SATURATED.length()))
                .sorted()
                .toList();
        if (titles.isEmpty()) {
            return "";
        }
        Table table = new Table(
                "",
                "saturated, CPU each",
                "beside the first",
                "paced, CPU each",
                "200 msg/s, p50",
                "p99",
                "idle session, live heap",
                "with native memory");
        for (String title : titles) {
            table.row(
                    title,
                    Figure.MICROS.of(spread(SATURATED + title, "server-us")),
                    Figure.RATIO.of(samples.ratioOfScenarios(
                            SATURATED + title, SATURATED + titles.get(0), SLUICE, "server-us")),
                    Figure.MICROS.of(spread(PACED + title, "server-us")),
                    Figure.MILLIS.of(spread(PROMPT + title, "p50-us")),
                    Figure.MILLIS.of(spread(PROMPT + title, "p99-us")),
                    Figure.BYTES.of(spread(IDLE + title, "heap-bytes")),
                    Figure.BYTES.of(spread(IDLE + title, "whole-bytes")));
        }
        return String.join("\n", "## Which JVM\n", Prose.JVM, table.toString());
    }

    private Spread spread(String scenario, String metric) {
        return samples.spread(scenario, SLUICE, metric);
    }
}
