package io.sluice.protocol.websocket.deflate;

/** How many inflaters, and so how much native memory of zlib's, there are in this process. */
public final class LiveInflaters {

    /** What one thread may keep idle. */
    public static final int IDLE = ZlibPool.IDLE_INFLATERS;

    private LiveInflaters() {}

    public static int count() {
        return ZlibPool.liveInflaters();
    }
}
