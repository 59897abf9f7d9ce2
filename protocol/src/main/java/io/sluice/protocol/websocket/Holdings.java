package io.sluice.protocol.websocket;

/**
 * All who hold something, by the power of two that it reaches: in a ring for each, who came last into it at its end. Whatever is done
 * costs the same however many there are. Not thread-safe: the budget guards it, and what of a {@link Holding} belongs to it.
 */
final class Holdings {

    /** The size of no bytes. */
    static final int NOTHING = 0;

    /** One place of a ring: of a holding, or where the ring begins and ends. Itself where it is in none. */
    static class Place {
        private Place previous = this;
        private Place next = this;
    }

    private final Place[] rings = new Place[Long.SIZE];

    /** No ring above this one has anybody. */
    private int largest = NOTHING;

    private long shedBytes;

    Holdings() {
        for (int size = 0; size < rings.length; size++) {
            rings[size] = new Place();
        }
    }

    /** The bits of the number: what two of one size hold differs by less than a factor of two. */
    static int sizeOf(long bytes) {
        return Long.SIZE - Long.numberOfLeadingZeros(bytes);
    }

    /** {@code holding} is of this size from now on. One that is shed is not looked at again before it holds nothing. */
    void move(Holding holding, int size) {
        holding.size = size;
        if (size == NOTHING) {
            shedBytes -= holding.shedBytes;
            holding.shedBytes = 0;
            takeOut(holding);
        } else if (holding.shedBytes == 0) {
            takeOut(holding);
            putIn(holding, rings[size]);
            largest = Math.max(largest, size);
        }
    }

    /** Of the largest the one that has been among them longest. Somebody must be there who is not shed yet. */
    Holding worst() {
        while (largest > NOTHING && rings[largest].next == rings[largest]) {
            largest--;
        }
        return (Holding) rings[largest].next;
    }

    /** {@code holding} is shed: it counts no more among those who hold something. */
    void shed(Holding holding) {
        takeOut(holding);
        holding.shedBytes = holding.bytes();
        shedBytes += holding.shedBytes;
    }

    /** Bytes of those who are shed and hold them still. */
    long shedBytes() {
        return shedBytes;
    }

    private static void putIn(Place place, Place ring) {
        place.previous = ring.previous;
        place.next = ring;
        ring.previous.next = place;
        ring.previous = place;
    }

    private static void takeOut(Place place) {
        place.previous.next = place.next;
        place.next.previous = place.previous;
        place.previous = place;
        place.next = place;
    }
}
