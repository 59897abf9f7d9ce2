package io.sluice.bench.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A server that was started as a child process and has printed the line that says that it is ready. */
final class Spawned implements AutoCloseable {

    private final Process process;
    private final String readyLine;

    private Spawned(Process process, String readyLine) {
        this.process = process;
        this.readyLine = readyLine;
    }

    /** Runs {@code command} and waits for a line that starts with {@code ready}; its errors go to this process's. {@code environment} is added to this process's. */
    static Spawned start(String ready, List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        builder.environment().putIfAbsent("SLUICE_LOG_LEVEL", "WARN");
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder said = new StringBuilder();
        String line = out.readLine();
        while (line != null && !line.startsWith(ready)) {
            said.append(line).append('\n');
            line = out.readLine();
        }
        if (line == null) {
            throw new IOException(String.join(" ", command) + " ended before it was ready:\n" + said);
        }
        Thread drain = new Thread(() -> drain(out), "drain");
        drain.setDaemon(true);
        drain.start();
        return new Spawned(process, line);
    }

    /** One word of the ready line, counted from 0. */
    String word(int index) {
        return readyLine.split(" ", -1)[index];
    }

    OsProcess process() {
        return new OsProcess(process.pid());
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A server whose output nobody reads stops when the pipe is full. */
    private static void drain(BufferedReader out) {
        try {
            String line = out.readLine();
            while (line != null) {
                line = out.readLine();
            }
        } catch (IOException ended) {
            return;
        }
    }
}
