package io.sluice.gateway.config;

import static io.sluice.gateway.config.ConfigurationReader.LEAST;
import static io.sluice.gateway.config.ConfigurationReader.LONGEST;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The section {@code authentication}. */
final class AuthenticationReader {

    /** RFC 9110, 5.6.2. */
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}");

    private static final int MOST_HOOK_HEADERS = 16;

    private AuthenticationReader() {}

    static Authentication authentication(Section section, PathReader files) {
        Authentication absent = Authentication.DEFAULT;
        String cookie = section.text("cookie", absent.cookie());
        if (!cookie.isEmpty() && nameProblem(cookie) != null) {
            section.problem(
                    "cookie", "Expected the name of a cookie, such as session, found " + Section.quoted(cookie) + ".");
        }
        return new Authentication(
                section.flag("anonymous", absent.anonymous()),
                section.duration("timeout", absent.timeout(), LEAST, LONGEST),
                section.flag("queryToken", absent.queryToken()),
                cookie,
                section.text("rolesClaim", absent.rolesClaim()),
                IssuerReader.issuers(section, files),
                section.section("hook", AuthenticationReader::hook));
    }

    private static Hook hook(Section section) {
        String url = section.required("url");
        if (!url.isEmpty() && !HttpAddress.is(url)) {
            section.problem("url", "Expected an http or https address, found " + Section.quoted(url) + ".");
        }
        List<String> headers = section.texts("headers", Hook.DEFAULT.headers(), AuthenticationReader::nameProblem);
        if (headers.isEmpty() || headers.size() > MOST_HOOK_HEADERS) {
            section.problem("headers", "Name 1 to %d headers that tell who a client is.".formatted(MOST_HOOK_HEADERS));
        }
        return new Hook(
                url,
                headers.stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .distinct()
                        .toList(),
                section.duration("timeout", Hook.DEFAULT.timeout(), LEAST, Duration.ofMinutes(1)),
                section.duration("cache", Hook.DEFAULT.cache(), Duration.ZERO, LONGEST));
    }

    private static @Nullable String nameProblem(String name) {
        return TOKEN.matcher(name).matches()
                ? null
                : "Expected the name of a header, such as authorization, found " + Section.quoted(name) + ".";
    }
}
