package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
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

    private static final double SHARE = 0.3;
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

        System.out.printf(
                Locale.ROOT,
                "%s%s%np99 under attack is %.2f of that of the control%n",
                attacked,
                control,
                attacked.p99Millis() / control.p99Millis());
        assertThatAllAreGone(attacked.said());
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
