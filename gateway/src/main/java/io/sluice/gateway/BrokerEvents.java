package io.sluice.gateway;

import io.sluice.bridge.BrokerListener;
import io.sluice.bridge.topic.Rule;
import io.sluice.gateway.session.Sessions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** What the gateway makes of the broker's coming and going. The bridge logs it; holes in the messages are told by the feeds. */
final class BrokerEvents implements BrokerListener {

    private final Sessions sessions;
    private final Map<Integer, String> unavailable = new ConcurrentHashMap<>();
    private final CountDownLatch firstWord = new CountDownLatch(1);
    private final CountDownLatch firstUp = new CountDownLatch(1);

    BrokerEvents(Sessions sessions) {
        this.sessions = sessions;
    }

    /** Blocks until it is known whether there is a broker and what the rules lack there; what is wrong was logged then. */
    void awaitFirstWord() throws InterruptedException {
        firstWord.await();
    }

    /** Blocks until the broker has been there once. */
    void awaitFirstUp() throws InterruptedException {
        firstUp.await();
    }

    /** Why {@code rule} is unavailable; null where it is not, or where that has not been told. */
    @Nullable
    String wrong(Rule rule) {
        return unavailable.get(rule.index());
    }

    @Override
    public void up() {
        sessions.brokerBlocked(false);
        firstUp.countDown();
        firstWord.countDown();
    }

    @Override
    public void down(String reason) {
        sessions.brokerBlocked(false);
        firstWord.countDown();
    }

    @Override
    public void blocked(boolean blocked, String reason) {
        sessions.brokerBlocked(blocked);
    }

    @Override
    public void ruleAvailable(Rule rule) {
        unavailable.remove(rule.index());
    }

    @Override
    public void ruleUnavailable(Rule rule, String reason) {
        unavailable.put(rule.index(), reason);
        firstWord.countDown();
    }
}
