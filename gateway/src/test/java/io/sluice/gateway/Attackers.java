package io.sluice.gateway;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Every {@link Attack} at once, from one thread of a process of its own that a {@link Pace} holds to its share of a core; or the same
 * share burnt for nothing. Prints {@code open} when everybody is there, {@code ended} for each kind, and {@code used} with the share.
 *
 * <p>{@code Attackers attack SHARE PORT} | {@code Attackers rehearse SHARE PORT}: a fifth of it, for twenty seconds | {@code Attackers burn SHARE SECONDS}
 */
final class Attackers {

    /** How many of each kind: one of so many. */
    private static final int REHEARSED = 5;

    private static final long MOST_MILLIS = 120_000;
    private static final long MOST_REHEARSED_MILLIS = 20_000;
    /** What the deadlines do not count: that this process, too, comes to look at ten thousand ends when it may. */
    static final long GRACE_MILLIS = 15_000;

    private static final int OPENED_IN_A_TURN = 20;
    private static final int KEYS_BETWEEN_NAPS = 16;

    private static final class Score {
        private int opened;
        private int ended;
        private long oldestMillis;
        private final Map<Integer, Integer> codes = new TreeMap<>();
    }

    private final Pace pace;
    private final InetSocketAddress address;
    private final int part;
    private final long mostMillis;
    private final Selector selector;
    private final ByteBuffer scratch = ByteBuffer.allocate(16 << 10);
    private final Map<Attack, Score> scores = new EnumMap<>(Attack.class);
    private final List<Attack> toOpen = new ArrayList<>();
    private final List<Attacker> slow = new ArrayList<>();
    private final long begunNanos = System.nanoTime();
    private int alive;

    /** @param part one of so many attackers of each kind */
    private Attackers(Pace pace, InetSocketAddress address, int part, long mostMillis, Selector selector) {
        this.pace = pace;
        this.address = address;
        this.part = part;
        this.mostMillis = mostMillis;
        this.selector = selector;
    }

    public static void main(String[] args) throws IOException {
        Pace pace = new Pace(Double.parseDouble(args[1]));
        if (args[0].equals("burn")) {
            burn(pace, Integer.parseInt(args[2]));
        } else {
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[2]));
            boolean rehearsal = args[0].equals("rehearse");
            try (Selector selector = Selector.open()) {
                new Attackers(
                                pace,
                                address,
                                rehearsal ? REHEARSED : 1,
                                rehearsal ? MOST_REHEARSED_MILLIS : MOST_MILLIS,
                                selector)
                        .attack();
            }
        }
        System.out.printf("used %.3f%n", pace.used());
    }

    private static void burn(Pace pace, int seconds) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < end) {
            pace.await();
            long turn = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(200);
            while (System.nanoTime() < turn) {
                Thread.onSpinWait();
            }
        }
    }

    private void attack() throws IOException {
        // The last are opened first: those with the shortest deadline come when all others are there.
        for (Attack attack : Attack.values()) {
            toOpen.addAll(Collections.nCopies(Math.max(1, attack.connections() / part), attack));
        }
        boolean told = false;
        while ((!toOpen.isEmpty() || alive > 0) && millis() < mostMillis) {
            pace.await();
            for (int i = 0; i < OPENED_IN_A_TURN && !toOpen.isEmpty(); i++) {
                open(toOpen.remove(toOpen.size() - 1));
            }
            if (toOpen.isEmpty() && !told) {
                told = true;
                System.out.println("open " + alive + " after " + millis() + " ms");
            }
            turn();
        }
        scores.forEach((attack, score) -> System.out.println("ended " + attack + " opened=" + score.opened + " ended="
                + score.ended + " oldestMillis=" + score.oldestMillis + " codes=" + score.codes));
    }

    private void open(Attack attack) throws IOException {
        Attacker attacker = new Attacker(attack, address, selector);
        score(attack).opened++;
        alive++;
        if (attack == Attack.SLOW_READER) {
            slow.add(attacker);
        }
    }

    private void turn() throws IOException {
        selector.select(10);
        Set<SelectionKey> ready = selector.selectedKeys();
        int turned = 0;
        for (SelectionKey key : ready) {
            if (++turned % KEYS_BETWEEN_NAPS == 0) {
                pace.await();
            }
            Attacker attacker = (Attacker) key.attachment();
            attacker.turn(scratch);
            if (attacker.gone()) {
                score(attacker);
            }
        }
        ready.clear();
        // Who does not read cannot see its end: they look when the gateway must have ended them.
        slow.removeIf(one -> {
            boolean due = one.ageMillis() > one.attack.deadline().toMillis();
            if (due) {
                one.lookForItsEnd();
            }
            return due;
        });
    }

    private void score(Attacker attacker) {
        Score score = score(attacker.attack);
        score.ended++;
        alive--;
        score.oldestMillis = Math.max(score.oldestMillis, attacker.ageMillis());
        score.codes.merge(attacker.code(), 1, Integer::sum);
        if (attacker.attack.renewed() && millis() < mostMillis / 4) {
            toOpen.add(attacker.attack);
        }
    }

    private Score score(Attack attack) {
        return scores.computeIfAbsent(attack, first -> new Score());
    }

    private long millis() {
        return (System.nanoTime() - begunNanos) / 1_000_000;
    }
}
