package io.sluice.gateway.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out that files have changed, by looking: a mount of a secret is changed by a link, of which the kernel tells nothing. A change
 * is reported once it has lasted from one look to the next, so that a certificate and its key are seen together. One thread of its own
 * looks and reports.
 */
public final class FileWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread daemon = new Thread(task, "sluice-files");
        daemon.setDaemon(true);
        return daemon;
    });
    private final List<Watched> watched = new ArrayList<>();

    /** Looks every {@code period}. */
    public FileWatch(Duration period) {
        var unused =
                thread.scheduleWithFixedDelay(this::look, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** From now on {@code changed} runs when one of {@code files}, asked for anew at each look, is not what it was. */
    public void watch(Supplier<List<String>> files, Runnable changed) {
        Watched one = new Watched(files, changed);
        synchronized (watched) {
            watched.add(one);
        }
    }

    /** Reports every watched set of files, changed or not, soon. Any thread. */
    public void reportAll() {
        try {
            thread.execute(() -> all().forEach(Watched::report));
        } catch (RejectedExecutionException closed) {
            LOG.trace("nothing is watched any more", closed);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    private void look() {
        all().forEach(Watched::look);
    }

    private List<Watched> all() {
        synchronized (watched) {
            return List.copyOf(watched);
        }
    }

    private static final class Watched {

        private final Supplier<List<String>> files;
        private final Runnable changed;
        private List<Object> reported;
        private List<Object> seen;

        Watched(Supplier<List<String>> files, Runnable changed) {
            this.files = files;
            this.changed = changed;
            reported = fingerprint();
            seen = reported;
        }

        void look() {
            List<Object> now = fingerprint();
            boolean lasting = now.equals(seen);
            seen = now;
            if (lasting && !now.equals(reported)) {
                report();
            }
        }

        void report() {
            reported = fingerprint();
            seen = reported;
            try {
                changed.run();
            } catch (RuntimeException bug) {
                LOG.error("a change of {} was not taken up", files.get(), bug);
            }
        }

        private List<Object> fingerprint() {
            List<Object> fingerprint = new ArrayList<>();
            for (String file : files.get()) {
                fingerprint.add(file);
                try {
                    BasicFileAttributes found = Files.readAttributes(Path.of(file), BasicFileAttributes.class);
                    fingerprint.add(found.lastModifiedTime());
                    fingerprint.add(found.size());
                    fingerprint.add(String.valueOf(found.fileKey()));
                } catch (IOException gone) {
                    fingerprint.add("gone");
                }
            }
            return fingerprint;
        }
    }
}
