package io.sluice.gateway.admission;

import static java.util.concurrent.CompletableFuture.completedFuture;

import com.github.benmanes.caffeine.cache.Ticker;
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
import io.sluice.gateway.admission.TokenResult.Reason;
import io.sluice.gateway.admission.TokenResult.Unavailable;
import io.sluice.gateway.admission.TokenResult.Verified;
import io.sluice.gateway.config.Authentication;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.policy.Principal;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Decides who is let in: by origin, and then by the first of token, client certificate and hook that says who it is. Any thread; never
 * blocks, and never fails.
 */
public final class Admission implements AutoCloseable {

    /** After so many seconds an issuer or a hook that was away may be back. */
    private static final int UNAVAILABLE_SECONDS = 5;

    private final Meters meters;
    private final AuthFailures failures;
    private volatile Settings settings;

    /** What a configuration makes of it. */
    private record Settings(
            Origins origins,
            Carriers carriers,
            Tokens tokens,
            @Nullable AuthenticationHook hook,
            boolean tokensExpected,
            boolean anonymous) {}

    /** @throws IOException with a sentence, where a key that is configured cannot be used */
    public Admission(Origins origins, Configuration configuration, Meters meters) throws IOException {
        this.meters = meters;
        failures = new AuthFailures(configuration.limits().authFailuresPerMinute(), Ticker.systemTicker());
        settings = settings(origins, configuration, null);
    }

    /**
     * From now on {@code configuration} decides. Keys that were fetched from addresses which stay are kept, and so
     * are the failures that were counted.
     *
     * @throws IOException as the constructor; then nothing has changed
     */
    public void apply(Origins origins, Configuration configuration) throws IOException {
        settings = settings(origins, configuration, settings);
        failures.perMinute(configuration.limits().authFailuresPerMinute());
    }

    /** Decides about {@code request} at {@code now}: at once where nobody has to be asked for it. */
    public CompletableFuture<AdmissionDecision> admit(AdmissionRequest request, Instant now) {
        Settings current = settings;
        Origins.Check origin = current.origins.check(request.headers());
        if (origin == Origins.Check.REFUSED) {
            return completedFuture(forbidden(
                    "The origin of this page is not listed: add it to \"origins\" in the gateway's configuration."));
        }
        Carriers.Carried carried = current.carriers.find(request.uri(), request.headers());
        if (current.tokensExpected && carried.carrier() != Carrier.NONE) {
            // A browser sends its cookies for any page; only a listed origin shows that the page meant it.
            if (carried.carrier() == Carrier.COOKIE && origin == Origins.Check.ABSENT) {
                return completedFuture(cookieWithoutOrigin());
            }
            return verify(current, carried.token(), request.client(), now)
                    .thenApply(result -> decision(result, carried.carrier()));
        }
        if (request.certified() != null) {
            return completedFuture(new Admitted(request.certified(), Carrier.CERTIFICATE));
        }
        AuthenticationHook hook = current.hook;
        if (hook == null) {
            return completedFuture(withoutToken(current));
        }
        if (origin == Origins.Check.ABSENT && hook.looksAtCookies(request.headers())) {
            return completedFuture(cookieWithoutOrigin());
        }
        if (failures.exhausted(request.client())) {
            return completedFuture(throttled());
        }
        return hook.ask(request.headers(), request.client(), request.path())
                .thenApply(answer -> decision(answer, request, current));
    }

    /** What a token that {@code client} sent in a message is worth. Whoever has sent too many bad ones is not listened to. */
    public CompletableFuture<TokenResult> authenticate(String token, InetAddress client, Instant now) {
        return verify(settings, token, client, now);
    }

    /** Ends what it runs in the background. */
    @Override
    public void close() {
        settings.tokens.close();
    }

    private Settings settings(Origins origins, Configuration configuration, @Nullable Settings before)
            throws IOException {
        Authentication authentication = configuration.authentication();
        Tokens tokens = new Tokens(authentication, meters, before == null ? null : before.tokens);
        return new Settings(
                origins,
                new Carriers(authentication),
                tokens,
                authentication.hook() == null
                        ? null
                        : new AuthenticationHook(
                                authentication.hook(), authentication.rolesClaim(), tokens.http(), meters),
                !authentication.jwt().isEmpty() || authentication.hook() == null,
                authentication.anonymous());
    }

    private CompletableFuture<TokenResult> verify(Settings current, String token, InetAddress client, Instant now) {
        if (failures.exhausted(client)) {
            return completedFuture(new Invalid(Reason.THROTTLED));
        }
        return current.tokens.verify(token, now).thenApply(result -> {
            if (result instanceof Invalid) {
                failures.failed(client);
            }
            return result;
        });
    }

    private AdmissionDecision decision(TokenResult result, Carrier carrier) {
        if (result instanceof Verified verified) {
            return new Admitted(verified.principal(), carrier);
        }
        if (result instanceof Unavailable) {
            return unavailable();
        }
        Reason reason = ((Invalid) result).reason();
        if (reason == Reason.THROTTLED) {
            return throttled();
        }
        return carrier == Carrier.AUTHORIZATION ? unauthorized(reason) : new RefusedAfterUpgrade(reason.id());
    }

    private AdmissionDecision decision(HookAnswer answer, AdmissionRequest request, Settings current) {
        if (answer instanceof HookAnswer.Somebody somebody) {
            return new Admitted(somebody.principal(), Carrier.HOOK);
        }
        if (answer instanceof HookAnswer.Nobody) {
            return withoutToken(current);
        }
        if (!(answer instanceof HookAnswer.Refused refused)) {
            return unavailable();
        }
        failures.failed(request.client());
        if (refused.status() == HttpResponseStatus.FORBIDDEN.code()) {
            return new Refused(
                    HttpResponseStatus.FORBIDDEN, EmptyHttpHeaders.INSTANCE, "hook", "This client may not connect.");
        }
        return request.headers().contains(HttpHeaderNames.AUTHORIZATION)
                ? unauthorized("hook", "The credentials are not accepted: get new ones.")
                : new RefusedAfterUpgrade("hook");
    }

    private static AdmissionDecision withoutToken(Settings current) {
        return current.anonymous ? new Admitted(Principal.ANONYMOUS, Carrier.NONE) : new AwaitAuth();
    }

    private static Refused cookieWithoutOrigin() {
        return forbidden("A token in a cookie needs an Origin: send one, or carry the token in Authorization.");
    }

    private static Refused forbidden(String sentence) {
        return new Refused(HttpResponseStatus.FORBIDDEN, EmptyHttpHeaders.INSTANCE, "origin", sentence);
    }

    private static Refused unauthorized(Reason reason) {
        return unauthorized(reason.id(), reason.sentence());
    }

    private static Refused unauthorized(String reason, String sentence) {
        // "MUST include the HTTP WWW-Authenticate response header field" (RFC 6750, 3)
        HttpHeaders headers =
                new DefaultHttpHeaders().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
        return new Refused(HttpResponseStatus.UNAUTHORIZED, headers, reason, sentence);
    }

    private Refused throttled() {
        return new Refused(
                HttpResponseStatus.TOO_MANY_REQUESTS,
                retryAfter(failures.retryAfterSeconds()),
                Reason.THROTTLED.id(),
                Reason.THROTTLED.sentence());
    }

    private static Refused unavailable() {
        return new Refused(
                HttpResponseStatus.SERVICE_UNAVAILABLE,
                retryAfter(UNAVAILABLE_SECONDS),
                "unavailable",
                "Who this is cannot be found out now: try again later.");
    }

    private static HttpHeaders retryAfter(int seconds) {
        return new DefaultHttpHeaders().set(HttpHeaderNames.RETRY_AFTER, seconds);
    }
}
