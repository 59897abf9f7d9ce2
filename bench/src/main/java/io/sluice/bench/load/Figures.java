package io.sluice.bench.load;

/**
 * What a load came to. CPU times are seconds of user and system time, by the operating system's accounting.
 *
 * @param seconds measured
 * @param deliveries that arrived within them
 * @param server CPU time of the server's process
 * @param receivers CPU time of the receivers' event loop
 * @param publisher CPU time of the rest of this process, which publishes
 * @param broker CPU time of RabbitMQ; that of the server where it is the server
 * @param machine CPU time of all processes of the machine
 * @param latencyMicros from a message's intended moment to its receipt, at the median; NaN where it was not measured
 * @param latencyMicros99 the same at the 99th percentile
 */
public record Figures(
        double seconds,
        long deliveries,
        double server,
        double receivers,
        double publisher,
        double broker,
        double machine,
        double latencyMicros,
        double latencyMicros99) {

    /** What has been used until now. */
    record Usage(
            long nanos, long deliveries, double server, double receivers, double self, double broker, double machine) {

        Figures since(Usage start, double latencyMicros, double latencyMicros99) {
            double byReceivers = receivers - start.receivers;
            return new Figures(
                    (nanos - start.nanos) / 1e9,
                    deliveries - start.deliveries,
                    server - start.server,
                    byReceivers,
                    Math.max(0, self - start.self - byReceivers),
                    broker - start.broker,
                    machine - start.machine,
                    latencyMicros,
                    latencyMicros99);
        }
    }

    public double perSecond() {
        return deliveries / seconds;
    }

    /** Cores that were busy with something else: the figures of a disturbed run are worth less. */
    public double foreignCores(boolean brokerIsServer) {
        double known = server + receivers + publisher + (brokerIsServer ? 0 : broker);
        return Math.max(0, machine - known) / seconds;
    }

    /** CPU time of the server for each delivery, in microseconds. */
    public double serverMicros() {
        return server * 1e6 / deliveries;
    }

    /** CPU time of the receivers for each delivery, in microseconds. */
    public double receiversMicros() {
        return receivers * 1e6 / deliveries;
    }
}
