package io.sluice.gateway.config;

import static io.sluice.gateway.config.ConfigurationReader.LEAST;
import static io.sluice.gateway.config.ConfigurationReader.LONGEST;
import static io.sluice.gateway.config.ConfigurationReader.count;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.bridge.topic.Topic;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Binding;
import io.sluice.gateway.config.Configuration.History;
import io.sluice.gateway.config.Configuration.Overflow;
import io.sluice.gateway.config.Configuration.TopicRule;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One entry of {@code topics}. */
final class TopicRuleReader {

    /** A media type with parameters, roughly (RFC 9110, 8.3.1). */
    private static final Pattern MEDIA_TYPE = Pattern.compile("[\\w!#$&^.+-]+/[\\w!#$&^.+-]+(\\s*;.*)?");

    /** Bytes of an AMQP short string (AMQP 0-9-1, 4.2.5.3). */
    private static final int NAME_BYTES = 255;

    private TopicRuleReader() {}

    static TopicRule rule(Section section) {
        TopicRule absent = TopicRule.DEFAULT;
        String match = match(section);
        String queue = name(section, "queue");
        String exchange = name(section, "exchange");
        TopicRule rule = new TopicRule(
                match,
                queue == null && exchange == null ? TopicRule.DEFAULT_EXCHANGE : exchange,
                queue,
                section.duration("ackTimeout", absent.ackTimeout(), LEAST, LONGEST),
                section.section("history", TopicRuleReader::history),
                section.choice("overflow", absent.overflow(), Overflow.values()),
                section.flag("declare", absent.declare()),
                section.choice("binding", absent.binding(), Binding.values()),
                section.flag("persistent", absent.persistent()),
                section.texts("headers", absent.headers(), header -> null),
                contentType(section),
                section.flag("narrow", absent.narrow()),
                section.flag("sensitive", absent.sensitive()),
                count(section, "queueLength", absent.queueLength()));
        if (queue != null) {
            workProblems(section);
        } else if (section.has("ackTimeout")) {
            section.problem("ackTimeout", "Only a rule with a queue has an ackTimeout: remove it.");
        }
        if (rule.history() != null && rule.overflow() == Overflow.CONFLATE) {
            section.problem("overflow", "A rule with history never conflates: choose disconnect or dropOldest.");
        }
        if (rule.history() != null && rule.binding() == Binding.PER_PATTERN) {
            section.problem("binding", "A rule with history has its stream bound once: remove binding.");
        }
        if (rule.history() != null && queue == null) {
            historyProblems(section);
        }
        return rule;
    }

    private static String match(Section section) {
        String match = section.required("match");
        String problem = match.isEmpty() ? null : TopicPattern.problem(match);
        if (problem != null) {
            section.problem("match", problem);
        }
        // A stand-in that is correct, so that the rules after this one can be looked at.
        return match.isEmpty() || problem != null ? TopicRule.DEFAULT.match() : match;
    }

    private static void workProblems(Section section) {
        if (section.has("exchange")) {
            section.problem("queue", "A rule has either an exchange or a queue: remove one of them.");
        }
        String match = section.text("match");
        if (match != null && TopicPattern.problem(match) == null && Topic.problem(match) != null) {
            section.problem("match", "A rule with a queue covers one topic: write it with no * and no #.");
        }
        for (String key : List.of("history", "overflow", "binding", "queueLength")) {
            if (section.has(key)) {
                section.problem(key, "A rule with a queue has no " + key + ": remove it.");
            }
        }
    }

    private static void historyProblems(Section section) {
        for (String key : List.of("binding", "queueLength")) {
            if (section.has(key)) {
                section.problem(key, "A rule with history has no live queue, and no " + key + ": remove it.");
            }
        }
    }

    private static History history(Section section) {
        History absent = History.DEFAULT;
        long maxBytes = section.size("maxBytes", absent.maxBytes(), 1 << 10, 1L << 50);
        long segmentBytes = section.size("segmentBytes", maxBytes / History.DEFAULT_SEGMENTS, 1, 1L << 50);
        if (segmentBytes > maxBytes / History.FEWEST_SEGMENTS) {
            section.problem(
                    "segmentBytes",
                    "maxBytes must hold at least %d segments: write %s or less."
                            .formatted(History.FEWEST_SEGMENTS, Units.text(maxBytes / History.FEWEST_SEGMENTS)));
        }
        String stream = section.required("stream");
        nameProblem(section, "stream", stream);
        return new History(
                stream,
                section.duration("maxAge", absent.maxAge(), Duration.ofSeconds(1), LONGEST),
                maxBytes,
                segmentBytes,
                section.size("windowBytes", absent.windowBytes(), 1, 1L << 40),
                count(section, "windowMessages", absent.windowMessages()),
                count(section, "catchUpReaders", absent.catchUpReaders()));
    }

    /** The name of something in AMQP, where it is told. */
    private static @Nullable String name(Section section, String key) {
        if (!section.has(key)) {
            return section.text(key);
        }
        String name = section.required(key);
        nameProblem(section, key, name);
        return name;
    }

    private static void nameProblem(Section section, String key, String name) {
        if (name.getBytes(UTF_8).length > NAME_BYTES) {
            section.problem(key, "A name in AMQP has at most " + NAME_BYTES + " bytes.");
        }
    }

    private static @Nullable String contentType(Section section) {
        String type = section.text("contentType");
        if (type != null && !MEDIA_TYPE.matcher(type).matches()) {
            section.problem(
                    "contentType",
                    "Expected a media type such as application/json, found " + Section.quoted(type) + ".");
        }
        return type;
    }
}
