package io.sluice.bridge.amqp;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.RandomAccess;

/** A list that some thread adds to while others look at it. */
final class AppendOnly<E> extends AbstractList<E> implements RandomAccess {

    private final List<E> elements = new ArrayList<>();

    @Override
    public synchronized boolean add(E element) {
        return elements.add(element);
    }

    @Override
    public synchronized E get(int index) {
        return elements.get(index);
    }

    @Override
    public synchronized int size() {
        return elements.size();
    }
}
