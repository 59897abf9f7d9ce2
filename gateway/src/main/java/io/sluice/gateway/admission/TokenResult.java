package io.sluice.gateway.admission;

import io.sluice.gateway.policy.Principal;
import java.util.Locale;

/** What a token is worth. Holds nothing of its text. */
public sealed interface TokenResult {

    /** It is what it says, now. */
    record Verified(Principal principal) implements TokenResult {}

    /** It is not. */
    record Invalid(Reason reason) implements TokenResult {}

    /** It cannot be told now: the keys of its issuer cannot be had, or too many wait. The same token may be good later. */
    record Unavailable() implements TokenResult {}

    /** Why a token is refused. */
    enum Reason {
        TOO_LARGE("The token is larger than 8 KiB: put less into it."),
        MALFORMED("The token is no signed JWT with a numeric exp and a sub: check how it is made."),
        UNSUPPORTED_HEADER(
                "The token has a critical header that is not known here: make it without \"crit\" and \"b64\"."),
        UNKNOWN_ISSUER("The issuer of the token is not configured: check its iss."),
        ALGORITHM("The token is signed with an algorithm that is not configured for its issuer."),
        SIGNATURE("The signature of the token does not fit: check the key it is signed with."),
        KEY("The token is signed with a key that its issuer does not publish: get a new one."),
        AUDIENCE("The token is meant for another audience: check its aud."),
        EXPIRED("The token has expired: get a new one."),
        NOT_YET_VALID("The token is not valid yet: check its nbf and iat, and the clocks."),
        THROTTLED("Too many bad tokens came from this address: wait a minute.");

        private final String id = name().toLowerCase(Locale.ROOT);
        private final String sentence;

        Reason(String sentence) {
            this.sentence = sentence;
        }

        /** Its word in metrics: {@code expired}. */
        public String id() {
            return id;
        }

        /** What is wrong and what to do; holds nothing of the token, and may be told to its bearer. */
        public String sentence() {
            return sentence;
        }
    }
}
