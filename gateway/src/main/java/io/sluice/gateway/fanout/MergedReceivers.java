package io.sluice.gateway.fanout;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The sessions behind several patterns that match the same topics: who subscribed to more than one of them receives once. */
final class MergedReceivers extends Receivers {

    private final List<PatternSubscribers> parts;
    private Subscription[] merged = {};
    private long mergedVersion = -1;

    /** @param parts two or more */
    MergedReceivers(List<PatternSubscribers> parts) {
        this.parts = List.copyOf(parts);
    }

    @Override
    int size() {
        refresh();
        return merged.length;
    }

    @Override
    Subscription at(int index) {
        return merged[index];
    }

    private void refresh() {
        long version = 0;
        for (PatternSubscribers part : parts) {
            version += part.version;
        }
        if (version == mergedVersion) {
            return;
        }
        Set<Outbox> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Subscription> all = new ArrayList<>();
        for (PatternSubscribers part : parts) {
            for (int i = 0; i < part.size(); i++) {
                if (seen.add(part.at(i).outbox)) {
                    all.add(part.at(i));
                }
            }
        }
        merged = all.toArray(Subscription[]::new);
        mergedVersion = version;
    }
}
