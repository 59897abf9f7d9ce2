package io.sluice.gateway.admission;

import io.sluice.gateway.policy.Principal;

/** What the hook says of a request. */
sealed interface HookAnswer {

    /** 200: it is from this one. */
    record Somebody(Principal principal) implements HookAnswer {}

    /** 204: it shows nothing; it goes on like one that brought no token. */
    record Nobody() implements HookAnswer {}

    /** 401 or 403. */
    record Refused(int status) implements HookAnswer {}

    /** No answer, none that is understood, or too many questions at once. */
    record Unavailable() implements HookAnswer {}
}
