package io.sluice.gateway.admission;

/** Where a request carries its token, in the order in which they are looked at. */
public enum Carrier {
    /** {@code Authorization: Bearer} (RFC 6750, 2.1). */
    AUTHORIZATION,
    /** {@code bearer.<token>} among the offered subprotocols. */
    SUBPROTOCOL,
    /** {@code ?access_token=} (RFC 6750, 2.3). */
    QUERY,
    COOKIE,
    /** The certificate of the client (RFC 8446, 4.4.2). */
    CERTIFICATE,
    /** Whatever the hook was shown. */
    HOOK,
    /** The request carries none. */
    NONE
}
