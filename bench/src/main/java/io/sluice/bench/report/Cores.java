package io.sluice.bench.report;

/** Who kept the cores busy in one scenario, at the median. */
record Cores(double server, double broker, double publisher, double receivers, double foreign) {

    static Cores of(Samples samples, String scenario, String who) {
        return new Cores(
                samples.spread(scenario, who, "server-cores").median(),
                samples.spread(scenario, who, "broker-cores").median(),
                samples.spread(scenario, who, "publisher-cores").median(),
                samples.spread(scenario, who, "receivers-cores").median(),
                samples.spread(scenario, who, "foreign-cores").median());
    }

    @Override
    public String toString() {
        return "busy cores: server " + Figure.CORES.of(server) + ", broker " + Figure.CORES.of(broker) + ", publisher "
                + Figure.CORES.of(publisher) + ", receivers " + Figure.CORES.of(receivers) + ", something else "
                + Figure.CORES.of(foreign);
    }
}
