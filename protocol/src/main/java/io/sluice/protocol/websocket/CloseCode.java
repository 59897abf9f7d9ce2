package io.sluice.protocol.websocket;

/** The close codes of RFC 6455, 7.4.1 and of its registry at IANA, and which of all numbers may stand in a close frame. */
public final class CloseCode {

    public static final int NORMAL = 1000;
    public static final int GOING_AWAY = 1001;
    public static final int PROTOCOL_ERROR = 1002;
    public static final int UNSUPPORTED_DATA = 1003;
    /** Never in a frame: a close frame without a code was received. */
    public static final int NO_STATUS = 1005;
    /** Never in a frame: the connection ended without a close frame. */
    public static final int ABNORMAL = 1006;

    public static final int INVALID_PAYLOAD = 1007;
    public static final int POLICY_VIOLATION = 1008;
    public static final int MESSAGE_TOO_BIG = 1009;
    public static final int INTERNAL_ERROR = 1011;
    public static final int TRY_AGAIN_LATER = 1013;

    private CloseCode() {}

    /**
     * Whether {@code code} may stand in a close frame, of either side: 1000-1003, 1007-1014 and 3000-4999. The rest is reserved, has no
     * meaning yet, or is for reporting alone (RFC 6455, 7.4.2).
     */
    public static boolean mayBeSent(int code) {
        return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
    }
}
