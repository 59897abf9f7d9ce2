package io.sluice.gateway.admission;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.gateway.policy.Principal;

/** Whether an opening handshake is let in. */
public sealed interface AdmissionDecision {

    /** It is, and may be welcomed at once. {@code carrier} is {@link Carrier#NONE} for anonymous. */
    record Admitted(Principal principal, Carrier carrier) implements AdmissionDecision {}

    /** It brought no token and has to: its first message must be {@code auth}, within {@code authentication.timeout}. */
    record AwaitAuth() implements AdmissionDecision {}

    /**
     * It is answered with this status instead of 101.
     *
     * @param headers further headers of the answer
     * @param reason its word in metrics, from a fixed set
     * @param sentence what is wrong and what to do; holds nothing of the request
     */
    record Refused(HttpResponseStatus status, HttpHeaders headers, String reason, String sentence)
            implements AdmissionDecision {}

    /**
     * It is answered with 101 and close 4401, as a browser cannot see another status.
     *
     * @param reason its word in metrics, from a fixed set
     */
    record RefusedAfterUpgrade(String reason) implements AdmissionDecision {}
}
