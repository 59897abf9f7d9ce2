package io.sluice.bridge;

/**
 * A record in a stream that nobody can guess: a log that still has it at this offset is the log in which it was seen, and has lost
 * nothing behind it.
 *
 * @param stream which stream, as a hash of its name
 * @param offset where it stands
 * @param high the first 64 of its 128 random bits
 * @param low the others
 */
public record Marker(int stream, long offset, long high, long low) {}
