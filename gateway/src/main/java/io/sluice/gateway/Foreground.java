package io.sluice.gateway;

import java.io.PrintWriter;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A gateway in the foreground of a process: the line when it is ready, and the way down at a signal. */
final class Foreground {

    private static final Logger LOG = LoggerFactory.getLogger(Foreground.class);

    private Foreground() {}

    /**
     * Runs {@code gateway} until the process is told to end, by a signal or by an operator; then drains it, and the process exits with 0.
     * A second signal ends the drain at once.
     *
     * @param introduced run once it is told what is wrong with the broker, and what this node is
     */
    static int run(Gateway gateway, PrintWriter out, Runnable introduced) throws InterruptedException {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            gateway.drain();
                            // A hook cannot change the exit code of a signal in any other way.
                            Runtime.getRuntime().halt(Main.DONE);
                        },
                        "sluice-drain"));
        AtomicBoolean ending = new AtomicBoolean();
        Runnable end = () -> {
            if (ending.compareAndSet(false, true)) {
                new Thread(() -> System.exit(Main.DONE), "sluice-exit").start();
            } else {
                gateway.hurry();
            }
        };
        Signals.on("TERM", end);
        Signals.on("INT", end);
        gateway.whenAskedToDrain(end);
        gateway.introduce();
        introduced.run();
        gateway.awaitReady();
        out.println(gateway.readyLine());
        if (out.checkError()) {
            LOG.warn("standard output takes no more: is the disk full that it is written to? {}", gateway.readyLine());
        }
        Thread.currentThread().join();
        return Main.DONE;
    }
}
