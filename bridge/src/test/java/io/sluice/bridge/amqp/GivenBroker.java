package io.sluice.bridge.amqp;

import java.net.URI;

/** The broker at some URI, that of {@code AMQP_URI} for one: it can be used, but not commanded. */
final class GivenBroker extends TestBroker {

    private final String uri;

    GivenBroker(String uri) {
        this.uri = uri;
    }

    @Override
    public String uri() {
        return uri;
    }

    @Override
    public String uri(String user, String password) {
        String raw = URI.create(uri).getRawUserInfo();
        String start = uri.substring(0, uri.indexOf("://") + 3);
        String rest = uri.substring(start.length() + (raw == null ? 0 : raw.length() + 1));
        return start + user + ":" + password + "@" + rest;
    }

    @Override
    public void start() {}

    @Override
    public void stop() {
        throw commanded();
    }

    @Override
    public void kill() {
        throw commanded();
    }

    @Override
    public void pause() {
        throw commanded();
    }

    @Override
    public void resume() {
        throw commanded();
    }

    @Override
    public String ctl(String... arguments) {
        throw commanded();
    }

    @Override
    public void close() {}

    private static IllegalStateException commanded() {
        return new IllegalStateException(
                "A broker that is given by its URI cannot be commanded by a test: use TestBroker.ofItsOwn() for that.");
    }
}
