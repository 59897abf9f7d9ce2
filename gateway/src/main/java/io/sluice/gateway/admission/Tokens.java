package io.sluice.gateway.admission;

import static java.util.concurrent.CompletableFuture.completedFuture;

import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import io.sluice.gateway.admission.FetchedKeys.Refetch;
import io.sluice.gateway.admission.TokenResult.Invalid;
import io.sluice.gateway.admission.TokenResult.Reason;
import io.sluice.gateway.admission.TokenResult.Unavailable;
import io.sluice.gateway.config.Authentication;
import io.sluice.gateway.config.Authentication.Issuer;
import io.sluice.gateway.metrics.Meters;
import java.io.IOException;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Verifies JSON Web Tokens (RFC 7519, RFC 8725). The {@code iss} chooses the issuer, the issuer's configuration the keys and the
 * algorithms; nothing in a token's header ever brings a key or says where one is. Any thread, never blocks: what a secret signed is
 * verified at once, what a private key signed on threads of its own, after its issuer's keys were fetched where they have to be.
 */
final class Tokens implements AutoCloseable {

    /** Characters of a token. */
    static final int MAX_LENGTH = 8 << 10;

    private final Map<String, IssuerKeys> issuers = new HashMap<>();
    private final String rolesClaim;
    private final Duration patience;
    private final BoundedHttp http;
    private final AdmissionThreads threads;
    /** The issuer of tokens that name none: the only one with a secret, as knowing that says who it is. */
    private final @Nullable IssuerKeys unnamed;

    /**
     * @param before what was in force until now, whose fetched keys are taken over; null at the start
     * @throws IOException with a sentence, where a {@code publicKey} cannot be used
     */
    Tokens(Authentication authentication, Meters meters, @Nullable Tokens before) throws IOException {
        rolesClaim = authentication.rolesClaim();
        patience = authentication.timeout();
        http = before == null ? new BoundedHttp() : before.http;
        threads = before == null ? new AdmissionThreads() : before.threads;
        for (Issuer issuer : authentication.jwt()) {
            issuers.put(issuer.issuer(), IssuerKeys.of(issuer, fetched(issuer, meters, before)));
        }
        List<IssuerKeys> secrets =
                issuers.values().stream().filter(IssuerKeys::secret).toList();
        unnamed = secrets.size() == 1 ? secrets.get(0) : null;
    }

    /**
     * What {@code jwt}, in compact serialization (RFC 7515, 3.1), is worth at {@code now}: complete already where no public key is
     * involved, else within {@code authentication.timeout}. It never fails.
     */
    CompletableFuture<TokenResult> verify(String jwt, Instant now) {
        if (jwt.length() > MAX_LENGTH) {
            return completedFuture(new Invalid(Reason.TOO_LARGE));
        }
        try {
            JWSObject token = JWSObject.parse(jwt);
            Map<String, Object> claims = token.getPayload().toJSONObject();
            return claims == null ? completedFuture(new Invalid(Reason.MALFORMED)) : verify(token, claims, now);
        } catch (ParseException | IllegalArgumentException malformed) {
            return completedFuture(new Invalid(Reason.MALFORMED));
        }
    }

    /** Ends the threads. Tokens that wait are unavailable. */
    @Override
    public void close() {
        threads.close();
        http.close();
    }

    /** What else in admission asks over HTTP does it with this. */
    BoundedHttp http() {
        return http;
    }

    private CompletableFuture<TokenResult> verify(JWSObject token, Map<String, Object> claims, Instant now) {
        JWSHeader header = token.getHeader();
        if (header.getCriticalParams() != null || !header.isBase64URLEncodePayload()) {
            return completedFuture(new Invalid(Reason.UNSUPPORTED_HEADER));
        }
        IssuerKeys keys = claims.containsKey("iss") ? named(claims.get("iss")) : unnamed;
        if (keys == null) {
            return completedFuture(new Invalid(Reason.UNKNOWN_ISSUER));
        }
        if (!keys.allows(header)) {
            return completedFuture(new Invalid(Reason.ALGORITHM));
        }
        if (keys.secret()) {
            return completedFuture(
                    keys.signed(token)
                            ? ClaimChecks.check(keys.issuer(), claims, rolesClaim, now)
                            : new Invalid(Reason.SIGNATURE));
        }
        CompletableFuture<TokenResult> result = new CompletableFuture<>();
        run(() -> verify(token, claims, keys, now, result), result);
        return result.completeOnTimeout(new Unavailable(), patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void verify(
            JWSObject token,
            Map<String, Object> claims,
            IssuerKeys keys,
            Instant now,
            CompletableFuture<TokenResult> result) {
        if (keys.signed(token)) {
            result.complete(ClaimChecks.check(keys.issuer(), claims, rolesClaim, now));
            return;
        }
        FetchedKeys fetched = keys.fetched();
        if (fetched == null || !keys.mayBeNewer(token.getHeader())) {
            result.complete(new Invalid(Reason.SIGNATURE));
            return;
        }
        Refetch refetch = fetched.refetch();
        if (refetch instanceof Refetch.UnderWay underWay) {
            underWay.keys()
                    .whenComplete((newer, never) ->
                            run(() -> result.complete(again(token, claims, keys, fetched, now)), result));
        } else {
            result.complete(again(token, claims, keys, fetched, now));
        }
    }

    /** With the keys as they are now. Where there still are none, nobody knows whether the token is good. */
    private TokenResult again(
            JWSObject token, Map<String, Object> claims, IssuerKeys keys, FetchedKeys fetched, Instant now) {
        if (keys.signed(token)) {
            return ClaimChecks.check(keys.issuer(), claims, rolesClaim, now);
        }
        return fetched.keys().isEmpty() ? new Unavailable() : new Invalid(Reason.KEY);
    }

    private void run(Runnable task, CompletableFuture<TokenResult> result) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException tooMany) {
            result.complete(new Unavailable());
        }
    }

    private @Nullable IssuerKeys named(@Nullable Object issuer) {
        return issuer instanceof String name ? issuers.get(name) : null;
    }

    private @Nullable FetchedKeys fetched(Issuer issuer, Meters meters, @Nullable Tokens before) {
        if (issuer.jwksUri() == null) {
            return null;
        }
        URI uri = URI.create(issuer.jwksUri());
        IssuerKeys known = before == null ? null : before.issuers.get(issuer.issuer());
        return known != null && known.fetched() != null && known.fetched().uri().equals(uri)
                ? known.fetched()
                : new FetchedKeys(issuer.issuer(), uri, http, meters, System::nanoTime);
    }
}
