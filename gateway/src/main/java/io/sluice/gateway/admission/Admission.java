package io.sluice.gateway.admission;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.gateway.admission.AdmissionDecision.Admitted;
import io.sluice.gateway.admission.AdmissionDecision.AwaitAuth;
import io.sluice.gateway.admission.AdmissionDecision.Refused;
import io.sluice.gateway.admission.AdmissionDecision.RefusedAfterUpgrade;
import io.sluice.gateway.admission.TokenResult.Invalid;
import io.sluice.gateway.admission.TokenResult.Verified;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.Configuration.Authentication;
import io.sluice.gateway.policy.Principal;
import java.time.Instant;

/** Decides who is let in, by origin and token alone. Immutable, any thread, no I/O; new settings make a new one. */
public final class Admission {

    private final Origins origins;
    private final Carriers carriers;
    private final Tokens tokens;
    private final boolean anonymous;

    public Admission(Origins origins, Authentication authentication) {
        this.origins = origins;
        carriers = new Carriers(authentication);
        tokens = new Tokens(authentication);
        anonymous = authentication.anonymous();
    }

    public static Admission of(Configuration configuration) {
        return new Admission(Origins.of(configuration), configuration.authentication());
    }

    /** What later {@code auth} messages are verified with. */
    public Tokens tokens() {
        return tokens;
    }

    /** Decides about a request for {@code uri}, its target as received, at {@code now}. */
    public AdmissionDecision admit(String uri, HttpHeaders headers, Instant now) {
        Origins.Check origin = origins.check(headers);
        if (origin == Origins.Check.REFUSED) {
            return forbidden(
                    "The origin of this page is not listed: add it to \"origins\" in the gateway's configuration.");
        }
        Carriers.Carried carried = carriers.find(uri, headers);
        if (carried.carrier() == Carrier.NONE) {
            return anonymous ? new Admitted(Principal.ANONYMOUS, Carrier.NONE) : new AwaitAuth();
        }
        // A browser sends its cookies for any page; only a listed origin shows that the page meant it.
        if (carried.carrier() == Carrier.COOKIE && origin == Origins.Check.ABSENT) {
            return forbidden("A token in a cookie needs an Origin: send one, or carry the token in Authorization.");
        }
        TokenResult result = tokens.verify(carried.token(), now);
        if (result instanceof Verified verified) {
            return new Admitted(verified.principal(), carried.carrier());
        }
        TokenResult.Reason reason = ((Invalid) result).reason();
        return carried.carrier() == Carrier.AUTHORIZATION ? unauthorized(reason) : new RefusedAfterUpgrade(reason);
    }

    private static Refused forbidden(String sentence) {
        return new Refused(HttpResponseStatus.FORBIDDEN, EmptyHttpHeaders.INSTANCE, "origin", sentence);
    }

    private static Refused unauthorized(TokenResult.Reason reason) {
        // "MUST include the HTTP WWW-Authenticate response header field" (RFC 6750, 3)
        HttpHeaders headers =
                new DefaultHttpHeaders().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
        return new Refused(HttpResponseStatus.UNAUTHORIZED, headers, reason.id(), reason.sentence());
    }
}
