package io.sluice.protocol.subprotocol;

import java.time.Instant;

/** Where in a topic rule's history a subscription starts. */
public sealed interface From {

    /** Everything published after the answer. */
    record New() implements From {}

    /** The oldest message that the history holds. */
    record First() implements From {}

    /** The newest {@code count} matching messages, 1 to 1,000. */
    record Last(int count) implements From {}

    /** The broker's chunk that holds {@code time}. */
    record Time(Instant time) implements From {}

    /** Everything after the position that the client was told last. */
    record Position(String position) implements From {}

    From NEW = new New();
    From FIRST = new First();
}
