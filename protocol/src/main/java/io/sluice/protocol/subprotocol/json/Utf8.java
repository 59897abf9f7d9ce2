package io.sluice.protocol.subprotocol.json;

/** Well-formed UTF-8 byte sequences (The Unicode Standard, table 3-7). */
final class Utf8 {

    /** Length of the well-formed sequence of two to four bytes that starts at {@code at}; 0 where there is none. */
    static int sequence(byte[] bytes, int at, int end) {
        int lead = bytes[at] & 0xff;
        if (lead < 0xc2 || lead > 0xf4) {
            return 0;
        }
        int length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (length > end - at || !secondByte(lead, bytes[at + 1] & 0xff)) {
            return 0;
        }
        for (int i = 2; i < length; i++) {
            if ((bytes[at + i] & 0xc0) != 0x80) {
                return 0;
            }
        }
        return length;
    }

    /** The lead byte narrows the second one: no overlong forms, no surrogates, nothing above U+10FFFF. */
    private static boolean secondByte(int lead, int second) {
        int lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        int highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        return second >= lowest && second <= highest;
    }

    private Utf8() {}
}
