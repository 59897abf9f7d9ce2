package io.sluice.gateway.admin;

import io.sluice.gateway.operations.HttpExchange;

/** A request that cannot be understood; the message is a sentence for who sent it. */
final class BadRequest extends Exception {

    private static final long serialVersionUID = 1;

    BadRequest(String sentence) {
        super(sentence, null, false, false);
    }

    String sentence() {
        return String.valueOf(getMessage());
    }

    /** A whole number from 1 to {@code most}. */
    static int number(HttpExchange exchange, String name, int absent, int most) throws BadRequest {
        String text = exchange.parameter(name);
        if (text == null) {
            return absent;
        }
        if (text.matches("\\d{1,9}")) {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        }
        throw new BadRequest(name + " is a whole number from 1 to " + most + ".");
    }
}
