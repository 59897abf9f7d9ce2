package io.sluice.gateway;

import io.sluice.bridge.BridgeMetrics;
import io.sluice.bridge.topic.Rule;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.metrics.RuleMeters.DropReason;

/** Counts what the bridge tells. */
final class BridgeMeters implements BridgeMetrics {

    private final Meters meters;

    BridgeMeters(Meters meters) {
        this.meters = meters;
    }

    @Override
    public void received(Rule rule) {
        meters.rule(rule.index()).received();
    }

    @Override
    public void dropped(Rule rule, Drop reason) {
        meters.rule(rule.index())
                .dropped(
                        switch (reason) {
                            case OTHER_RULE -> DropReason.OTHER_RULE;
                            case TOO_LARGE -> DropReason.TOO_LARGE;
                            case BROKEN -> DropReason.BROKEN;
                        },
                        1);
    }

    @Override
    public void replyDropped() {
        meters.replyDropped();
    }

    @Override
    public void confirmed(long nanos) {
        meters.confirmed(nanos);
    }

    @Override
    public void scanOpened(Rule rule) {
        meters.rule(rule.index()).scanOpened();
    }

    @Override
    public void scanned(Rule rule, int messages) {
        meters.rule(rule.index()).scanned(messages);
    }
}
