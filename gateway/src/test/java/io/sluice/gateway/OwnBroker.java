package io.sluice.gateway;

import io.sluice.bridge.amqp.TestBroker;

/**
 * The broker that the tests of this JVM may command: look into, stop, block. One class at a time uses it, and leaves it running, empty
 * and without an alarm. It ends with the JVM.
 */
final class OwnBroker {

    private static final TestBroker BROKER = TestBroker.ofItsOwn();

    private OwnBroker() {}

    static TestBroker running() {
        return BROKER;
    }
}
