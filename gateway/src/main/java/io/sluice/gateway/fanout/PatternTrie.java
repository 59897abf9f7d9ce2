package io.sluice.gateway.fanout;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Patterns with wildcards, word by word: a topic meets only the branches that its words can take, however many patterns there are.
 * Event loop only.
 */
final class PatternTrie {

    private final Node root = new Node();

    void add(PatternSubscribers subscribers) {
        Node node = root;
        for (String word : words(subscribers.pattern.toString())) {
            node = node.children.computeIfAbsent(word, missing -> new Node());
        }
        node.subscribers.add(subscribers);
    }

    void remove(PatternSubscribers subscribers) {
        remove(root, subscribers, words(subscribers.pattern.toString()), 0);
    }

    /** Appends all patterns that match {@code topic} to {@code found}. */
    void match(String topic, List<PatternSubscribers> found) {
        match(root, topic, words(topic), 0, found);
    }

    private static void match(Node node, String topic, String[] words, int at, List<PatternSubscribers> found) {
        Node hash = node.children.get("#");
        if (hash != null) {
            for (int skip = at; skip <= words.length; skip++) {
                match(hash, topic, words, skip, found);
            }
        }
        if (at == words.length) {
            for (PatternSubscribers subscribers : node.subscribers) {
                if (subscribers.admits(topic)) {
                    found.add(subscribers);
                }
            }
            return;
        }
        Node literal = node.children.get(words[at]);
        if (literal != null && !words[at].equals("#") && !words[at].equals("*")) {
            match(literal, topic, words, at + 1, found);
        }
        Node star = node.children.get("*");
        if (star != null) {
            match(star, topic, words, at + 1, found);
        }
    }

    private static boolean remove(Node node, PatternSubscribers subscribers, String[] words, int at) {
        if (at == words.length) {
            node.subscribers.remove(subscribers);
        } else {
            Node child = node.children.get(words[at]);
            if (child != null && remove(child, subscribers, words, at + 1)) {
                node.children.remove(words[at]);
            }
        }
        return node.subscribers.isEmpty() && node.children.isEmpty();
    }

    /** As the broker splits a routing key: an empty key has no word, two dots have an empty one between them. */
    private static String[] words(String topic) {
        return topic.isEmpty() ? new String[0] : topic.split("\\.", -1);
    }

    private static final class Node {
        private final Map<String, Node> children = new HashMap<>(4);
        /** One without narrowing at most, and one for each way to narrow. */
        private final List<PatternSubscribers> subscribers = new ArrayList<>(1);
    }
}
