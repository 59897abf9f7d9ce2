package io.sluice.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

final class ScheduleTest {

    private static final Settings NINE = new Settings(9, 1, 1);
    private final Suite pairs = new Named("pairs", true);
    private final Suite alone = new Named("alone", false);

    @Test
    void pairsAreMeasuredNineTimesAndTheRestAThirdAsOftenAllAlongTheRun() {
        List<String> measured = run(Double.POSITIVE_INFINITY, turn -> 100);
        assertThat(measured)
                .containsExactly(
                        "pairs 1", "alone 1", "pairs 2", "pairs 3", "pairs 4", "alone 2", "pairs 5", "pairs 6",
                        "pairs 7", "alone 3", "pairs 8", "pairs 9");
    }

    @Test
    void whereTheTimeIsShortEverySuiteHasItsFirstRoundAndNoneIsBegunThatWouldNotEnd() {
        List<String> measured = run(100, turn -> turn.suite() == pairs ? 20 : 40);
        assertThat(measured).containsExactly("pairs 1", "alone 1", "pairs 2");
    }

    private List<String> run(double seconds, ToDoubleFunction<Schedule.Turn> takes) {
        Schedule schedule = new Schedule(List.of(pairs, alone), NINE, seconds);
        List<String> measured = new ArrayList<>();
        for (Optional<Schedule.Turn> turn = schedule.next(); turn.isPresent(); turn = schedule.next()) {
            measured.add(turn.get().suite().name() + " " + turn.get().round());
            schedule.took(turn.get(), takes.applyAsDouble(turn.get()));
        }
        return measured;
    }

    private record Named(String name, boolean comparesPairs) implements Suite {

        @Override
        public void measure(Run run, int round) {}
    }
}
