package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** One connection of an {@link Attack}. */
final class Attacker {

    /** It was cut, or closed with no code. */
    static final int CUT = 0;

    private static final int SMALL_BUFFER = 4096;
    private static final int MOST_KEPT = 16 << 10;

    final Attack attack;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final long openedNanos = System.nanoTime();
    private final StringBuilder received = new StringBuilder();
    private ByteBuffer out;
    private boolean welcomed;
    private boolean gone;

    Attacker(Attack attack, InetSocketAddress address, Selector selector) throws IOException {
        this.attack = attack;
        out = attack.request();
        channel = SocketChannel.open();
        channel.configureBlocking(false);
        if (attack == Attack.SLOW_READER) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_BUFFER);
        }
        channel.connect(address);
        key = channel.register(selector, SelectionKey.OP_CONNECT, this);
    }

    long ageMillis() {
        return (System.nanoTime() - openedNanos) / 1_000_000;
    }

    boolean gone() {
        return gone;
    }

    /** The code it was closed with. */
    int code() {
        int frames = received.indexOf("\r\n\r\n") + 4;
        for (int at = frames; at + 4 <= received.length() && frames > 3; ) {
            int length = received.charAt(at + 1);
            if (received.charAt(at) == 0x88 && length >= 2) {
                return received.charAt(at + 2) << 8 | received.charAt(at + 3);
            }
            at += length == 126 ? 4 + (received.charAt(at + 2) << 8 | received.charAt(at + 3)) : 2 + length;
        }
        return CUT;
    }

    /** Says one thing more, to which the kernel of a server that has gone answers with a reset; and reads. */
    void lookForItsEnd() {
        if (!gone) {
            out = Attack.PING_FLOOD.frames().limit(RawSocket.CLOSE.length());
            key.interestOpsOr(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        }
    }

    /** The kernel has something for it, or room. */
    void turn(ByteBuffer scratch) {
        try {
            if (key.isConnectable()) {
                channel.finishConnect();
                key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            } else {
                if (key.isReadable()) {
                    read(scratch);
                }
                if (!gone && key.isWritable()) {
                    write();
                }
            }
        } catch (IOException cut) {
            end();
        }
    }

    /** Gives up. */
    void end() {
        gone = true;
        key.cancel();
        try {
            channel.close();
        } catch (IOException closed) {
            return;
        }
    }

    private void read(ByteBuffer scratch) throws IOException {
        int length = channel.read(scratch.clear());
        if (length < 0) {
            end();
            return;
        }
        if (received.length() < MOST_KEPT) {
            received.append(ISO_8859_1.decode(scratch.flip()));
        }
        int head = received.indexOf("\r\n\r\n");
        if (!welcomed && head >= 0 && received.length() > head + 4) {
            welcomed = true;
            out = attack.frames();
            key.interestOps(
                    attack == Attack.SLOW_READER
                            ? SelectionKey.OP_WRITE
                            : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        }
    }

    private void write() throws IOException {
        channel.write(out);
        if (out.hasRemaining()) {
            return;
        }
        if (welcomed && attack.renewed()) {
            out = attack.frames();
        } else {
            key.interestOpsAnd(~SelectionKey.OP_WRITE);
        }
    }
}
