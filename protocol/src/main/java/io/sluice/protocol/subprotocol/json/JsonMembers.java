package io.sluice.protocol.subprotocol.json;

/** Walks the members of an object or the elements of an array, one after the other, and trusts none of them. Not for several threads. */
final class JsonMembers {

    /** How deep a value may nest before it is told as {@link JsonValue#deep}. */
    private static final int MAX_DEPTH = 32;

    private final byte[] json;
    private final int end;
    private final boolean object;
    private boolean first = true;
    private boolean closed;
    private int at;

    private JsonValue name;
    private JsonValue value;

    /** The members of the object or array whose opening byte is at {@code from}. */
    JsonMembers(byte[] json, int from, int end) {
        this.json = json;
        this.end = end;
        object = json[from] == '{';
        at = from + 1;
        name = new JsonValue(json, from, from, false);
        value = name;
    }

    /** Goes to the next member; false where there is none, because the object is {@link #closed} or because it is malformed. */
    boolean next() {
        at = JsonGrammar.whitespace(json, at, end);
        if (at == end) {
            return false;
        }
        if (json[at] == (object ? '}' : ']')) {
            at++;
            closed = true;
            return false;
        }
        if (!first) {
            if (json[at] != ',') {
                return false;
            }
            at = JsonGrammar.whitespace(json, at + 1, end);
        }
        first = false;
        return (!object || readName()) && readValue();
    }

    /** Whether the closing byte has been read. */
    boolean closed() {
        return closed;
    }

    /** Index after the closing byte. */
    int to() {
        return at;
    }

    /** The member's name, a string; elements have none. */
    JsonValue name() {
        return name;
    }

    JsonValue value() {
        return value;
    }

    private boolean readName() {
        int to = JsonGrammar.string(json, at, end);
        if (to < 0) {
            return false;
        }
        name = new JsonValue(json, at, to, false);
        at = JsonGrammar.whitespace(json, to, end);
        if (at == end || json[at] != ':') {
            return false;
        }
        at = JsonGrammar.whitespace(json, at + 1, end);
        return true;
    }

    private boolean readValue() {
        int to = JsonGrammar.value(json, at, end, MAX_DEPTH);
        boolean deep = to == JsonGrammar.TOO_DEEP;
        if (deep) {
            to = JsonGrammar.value(json, at, end, JsonGrammar.ANY_DEPTH);
        }
        // A number that touches the end of the input may have been cut.
        if (to < 0 || (to == end && json[at] != '"')) {
            return false;
        }
        value = new JsonValue(json, at, to, deep);
        at = to;
        return true;
    }
}
