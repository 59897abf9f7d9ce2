package io.sluice.protocol.subprotocol;

/**
 * What a client publishes: bytes and what they are.
 *
 * @param bytes the payload exactly as it shall travel; owned by the receiver of this record
 */
public record Payload(String contentType, byte[] bytes) {}
