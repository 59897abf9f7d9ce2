package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every {@link Attack} at once on a gateway that is a process of its own, beside a thousand sessions that must not notice it. Three
 * minutes; {@code make attack} names it.
 *
 * <p>The attackers are held to 0.3 of a core by a {@link Pace}. How long a normal delivery took is compared with a run in which the same
 * share is burnt for nothing, and printed: it depends on the machine, and decides nothing here.
 */
@Timeout(540)
final class AttackTest {

    static final double SHARE = 0.3;
    private static final int CONTROL_SECONDS = 40;
    private static final Pattern ENDED =
            Pattern.compile("ended (\\w+) opened=(\\d+) ended=(\\d+) oldestMillis=(\\d+) codes=\\{(.*)}");

    @TempDir
    private Path directory;

    @Test
    void whoDoesNothingWrongIsServedBesideEveryAttackAtOnce() throws Exception {
        AttackRun attacked =
                run("attack", port -> new String[] {"attack", String.valueOf(SHARE), String.valueOf(port)});
        AttackRun control =
                run("control", port -> new String[] {"burn", String.valueOf(SHARE), String.valueOf(CONTROL_SECONDS)});

        System.out.println(attacked);
        System.out.println(control);
        System.out.println(summary(control, attacked));
        assertThatAllAreGone(attacked.said());
    }

    private static String summary(AttackRun control, AttackRun attacked) {
        String row = "%-28s %9.1f %9.1f %9s%n";
        StringBuilder table = new StringBuilder("%-28s %9s %9s %9s%n".formatted("", "control", "attack", "bound"))
                .append(row.formatted("p50 ms", control.p50Millis(), attacked.p50Millis(), ""))
                .append(row.formatted("p99 ms", control.p99Millis(), attacked.p99Millis(), ""))
                .append(row.formatted("p99 of the control's", 1.0, attacked.p99Millis() / control.p99Millis(), "2"))
                .append(row.formatted("normal sessions that ended", 0.0, 0.0, "0"))
                .append(row.formatted("heap MiB", control.heapMiB(), attacked.heapMiB(), AttackRun.HEAP_MIB))
                .append(row.formatted("direct MiB", control.directMiB(), attacked.directMiB(), AttackRun.DIRECT_MIB))
                .append(row.formatted("kernel's TCP MiB", control.kernelMiB(), attacked.kernelMiB(), ""))
                .append("%n%-16s %6s %8s %11s  %s%n".formatted("", "came", "gone", "oldest s", "bound s, codes"));
        Matcher ended = ENDED.matcher(attacked.said());
        while (ended.find()) {
            table.append("%-16s %6s %8s %11.1f  %d, %s%n"
                    .formatted(
                            ended.group(1),
                            ended.group(2),
                            ended.group(3),
                            Long.parseLong(ended.group(4)) / 1e3,
                            Attack.valueOf(ended.group(1)).deadline().toSeconds(),
                            ended.group(5)));
        }
        return table.toString();
    }

    private AttackRun run(String name, AttackRun.Beside beside) throws Exception {
        return AttackRun.of(Files.createDirectory(directory.resolve(name)), name, beside);
    }

    /** In time, and with the code that says why, where there was still somebody to tell. */
    private static void assertThatAllAreGone(String said) {
        Matcher ended = ENDED.matcher(said);
        for (Attack attack : Attack.values()) {
            assertThat(ended.find()).as(said).isTrue();
            assertThat(ended.group(1)).isEqualTo(attack.name());
            assertThat(Integer.parseInt(ended.group(2))).as(said).isGreaterThanOrEqualTo(attack.connections());
            assertThat(ended.group(3)).as("%s that are gone, of all", attack).isEqualTo(ended.group(2));
            assertThat(Long.parseLong(ended.group(4)))
                    .as("age of the oldest %s in ms", attack)
                    .isLessThan(attack.deadline().toMillis() + Attackers.GRACE_MILLIS);
            for (String code : ended.group(5).split(", ", -1)) {
                assertThat(Integer.parseInt(code.replaceAll("=.*", "")))
                        .as("%s", said)
                        .isIn(Attacker.CUT, attack.code());
            }
        }
    }
}
