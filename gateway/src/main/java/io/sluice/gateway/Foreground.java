package io.sluice.gateway;

import java.io.PrintWriter;

/** A gateway in the foreground of a process: the line when it is ready, and the way down at a signal. */
final class Foreground {

    private Foreground() {}

    /** Runs {@code gateway} until the process is told to end; then drains it, and the process exits with 0. */
    static int run(Gateway gateway, PrintWriter out) throws InterruptedException {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            gateway.drain();
                            // A hook cannot change the exit code of a signal in any other way.
                            Runtime.getRuntime().halt(Main.DONE);
                        },
                        "sluice-drain"));
        gateway.awaitReady();
        out.println(gateway.readyLine());
        out.flush();
        Thread.currentThread().join();
        return Main.DONE;
    }
}
