package io.sluice.protocol.websocket;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class, and so the run, when Netty finds that a buffer was not released. Registers itself in every module that has the
 * tests of this one on its class path. Netty tells of a leak when the buffer was collected, so each class ends with a collection. Every
 * buffer is watched, which makes its use many times dearer: {@code -Dio.netty.leakDetection.level=disabled} is for tests that measure.
 */
public final class LeakExtension implements AfterAllCallback {

    private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

    static {
        if (ResourceLeakDetector.isEnabled()) {
            ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        }
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            @Deprecated
            @SuppressWarnings("InlineMeSuggester")
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(
                    Class<T> resource, int samplingInterval, long maxActive) {
                return newResourceLeakDetector(resource, samplingInterval);
            }

            @Override
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int samplingInterval) {
                return new Recording<>(resource, samplingInterval);
            }
        });
    }

    @Override
    public void afterAll(ExtensionContext context) {
        String leaks = collect();
        if (!leaks.isEmpty()) {
            throw new AssertionError("Buffers were not released:\n" + leaks);
        }
    }

    /** All leaks found since the last call. */
    static String collect() {
        for (int round = 0; round < 2; round++) {
            collectGarbage();
            // The detector looks for collected buffers when a new one is made.
            ByteBufAllocator.DEFAULT.buffer(1).release();
        }
        StringBuilder leaks = new StringBuilder();
        for (String leak = LEAKS.poll(); leak != null; leak = LEAKS.poll()) {
            leaks.append(leak).append('\n');
        }
        return leaks.toString();
    }

    /** Returns when references to what is garbage now have been handed to their queues. */
    private static void collectGarbage() {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        WeakReference<Object> last = new WeakReference<>(new Object(), queue);
        System.gc();
        try {
            assert queue.remove(1000) == last : "no garbage collection";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Recording<T> extends ResourceLeakDetector<T> {

        Recording(Class<T> resource, int samplingInterval) {
            super(resource, samplingInterval);
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String resource, String records) {
            LEAKS.add(resource + records);
        }

        @Override
        protected void reportUntracedLeak(String resource) {
            LEAKS.add(resource);
        }
    }
}
