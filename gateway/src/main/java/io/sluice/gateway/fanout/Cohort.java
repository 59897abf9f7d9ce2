package io.sluice.gateway.fanout;

import io.sluice.bridge.History.Wish;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Subscriptions that stand at the same place of a rule's history and read on together: one read for all of them, one encoding, and a
 * session with several patterns gets its messages in the order of the log, each once. Event loop only.
 */
final class Cohort {

    /** Topics remembered by one cohort; there may be many, and each is short-lived. */
    static final int REMEMBERED_TOPICS = 1 << 10;

    final int log;
    final TopicIndex index;

    /** The offset it reads on at; a member may be ahead of it, and skips what it has. */
    long next;

    private int size;
    private @Nullable Wish wish;
    private int asked;

    Cohort(int log, long next) {
        this(log, next, new TopicIndex(REMEMBERED_TOPICS));
    }

    /** Of all who are in {@code index}. Takes it. */
    Cohort(int log, long next, TopicIndex index) {
        this.log = log;
        this.next = next;
        this.index = index;
        for (Subscription subscription : index.subscriptions()) {
            subscription.cohort = this;
            size++;
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** All members, as they are now. */
    List<Subscription> members() {
        return index.subscriptions();
    }

    void join(Subscription subscription) {
        subscription.cohort = this;
        index.add(subscription);
        size++;
    }

    /** {@code subscription} goes its own way from where the cohort stands. */
    void leave(Subscription subscription) {
        index.remove(subscription);
        subscription.cohort = null;
        subscription.log = log;
        subscription.next = Math.max(subscription.next, next);
        size--;
    }

    /** Gives the number by which the answer to what is asked now will be known. */
    int ask() {
        return ++asked;
    }

    void asking(Wish pending) {
        wish = pending;
    }

    /** Whether nothing is asked. */
    boolean idle() {
        return wish == null;
    }

    /** Whether the answer to the question {@code number} is still awaited; if so it is awaited no more. */
    boolean answered(int number) {
        if (number != asked || isEmpty()) {
            return false;
        }
        wish = null;
        return true;
    }

    /** Gives up what was asked. */
    void cancel() {
        asked++;
        if (wish != null) {
            wish.cancel();
            wish = null;
        }
    }
}
