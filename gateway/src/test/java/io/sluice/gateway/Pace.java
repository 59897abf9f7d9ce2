package io.sluice.gateway;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Holds this process to a share of one core: by the CPU time, user and system, of all its threads, those of the JVM among them. It comes in
 * short pieces, alike whatever it is used for: what was not used within a moment is lost.
 */
final class Pace {

    /** Of time, not of the share. */
    private static final long MOST_SAVED_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    private final OperatingSystemMXBean process = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final double share;
    private final long begunNanos = System.nanoTime();
    private final long begunCpu = process.getProcessCpuTime();
    private long lastNanos = begunNanos;
    private long lastCpu = begunCpu;
    private double credit;

    /** @param share of one core, such as 0.3 */
    Pace(double share) {
        this.share = share;
    }

    /** Waits until there is something left of the share. */
    void await() {
        refill();
        while (credit < 0) {
            LockSupport.parkNanos(NAP_NANOS);
            refill();
        }
    }

    /** The share that was used since this began. */
    double used() {
        return (process.getProcessCpuTime() - begunCpu) / (double) (System.nanoTime() - begunNanos);
    }

    private void refill() {
        long nanos = System.nanoTime();
        long cpu = process.getProcessCpuTime();
        credit = Math.min(share * MOST_SAVED_NANOS, credit + share * (nanos - lastNanos) - (cpu - lastCpu));
        lastNanos = nanos;
        lastCpu = cpu;
    }
}
