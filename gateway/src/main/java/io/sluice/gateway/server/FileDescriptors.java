package io.sluice.gateway.server;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many connections the process can have open at all. */
final class FileDescriptors {

    private static final Logger LOG = LoggerFactory.getLogger(FileDescriptors.class);

    /** For the broker, the log, class files and whatever else must go on when clients have taken all they may. */
    private static final int MOST_RESERVED = 512;

    private FileDescriptors() {}

    /**
     * The limits as configured, or lower, where the process would have no file descriptor left before they are reached.
     *
     * @param open of the descriptors that are in use, those of connections which count towards the limit
     */
    static ConnectionCounts.Limits within(int connections, int perAddress, int open) {
        int answered = ConnectionCounts.ANSWERED_OVER_LIMIT;
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)
                || system.getMaxFileDescriptorCount() <= 0) {
            return new ConnectionCounts.Limits(connections, answered, perAddress);
        }
        long most = system.getMaxFileDescriptorCount();
        long free = Math.max(0, most - system.getOpenFileDescriptorCount() + open);
        long usable = free - Math.min(MOST_RESERVED, free / 4);
        if ((long) connections + answered <= usable) {
            return new ConnectionCounts.Limits(connections, answered, perAddress);
        }
        int told = (int) Math.min(answered, usable / 10);
        int fitting = (int) Math.max(1, Math.min(connections, usable - told));
        return new ConnectionCounts.Limits(fitting, told, perAddress);
    }

    /** Tells the log where {@code fitting}, which is in force, is less than was configured. */
    static void tell(int connections, ConnectionCounts.Limits fitting) {
        if (fitting.connections() < connections) {
            LOG.info(
                    "limits.connections is {}, but this process may not open files for them: it takes {} connections. Raise ulimit -n.",
                    connections,
                    fitting.connections());
        }
    }
}
