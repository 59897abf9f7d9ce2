package io.sluice.bridge.amqp;

import com.rabbitmq.client.Connection;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What brings one rule's messages. It is attached to a connection, lost with it, and attached to the next; what continuity means, and
 * when its loss is told, is the feed's own affair. Called on the broker's thread only.
 */
sealed interface Feed permits LiveFeed, StreamFeed, WorkFeed {

    /** Whether it stands: bound, and consuming. */
    boolean attached();

    /** Whether it also brings messages: one that has to make sure of something first says so later, by {@link Progress}. */
    default boolean serving() {
        return attached();
    }

    /**
     * Makes it stand. {@code ready} runs when nothing published from now on escapes it, and before its first message or gap.
     *
     * @return what the broker says against it, null where it stands
     * @throws IOException the connection is gone, or does not answer
     */
    @Nullable
    String attach(Connection connection, Runnable ready) throws IOException;

    /**
     * Makes sure that it still stands in the broker as it should.
     *
     * @return what the broker says against it, null for nothing
     * @throws IOException the connection is gone, or does not answer
     */
    @Nullable
    String reassert(Topology topology) throws IOException;

    /** Takes it down, or notes that it is: continuity ends here. */
    void detach();

    /** Told when the broker has ended a feed that stood; on any thread. */
    interface Losses {
        void lost(Feed feed, String reason);
    }

    /** Told how a feed that stands gets on; on any thread. */
    interface Progress {
        /** It serves from now on. {@code told} is run when the listener knows; no message comes before that. */
        void serves(Feed feed, Runnable told);

        /** It does not serve yet, and why. */
        void waits(Feed feed, String reason);
    }
}
