package io.sluice.protocol.websocket;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;

/** The request line and the headers of an opening handshake, as received. */
public record HandshakeRequest(HttpMethod method, String uri, HttpVersion version, HttpHeaders headers) {}
