package io.sluice.protocol.subprotocol.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.protocol.subprotocol.ClientMessage;
import io.sluice.protocol.subprotocol.ClientMessage.Publish;
import io.sluice.protocol.subprotocol.ClientMessage.Refused;
import io.sluice.protocol.subprotocol.ClientMessage.Subscribe;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.From;

/** What a client says, with apostrophes for quotes, and what it was understood to be. */
final class Decoding {

    /** One of each operation. */
    static final String[] VALID = {
        "{'op':'auth','token':'a.b.c','id':1}",
        "{'op':'subscribe','topic':'prices.#','id':'s1','from':{'last':5},'credit':3}",
        "{'op':'unsubscribe','topics':['a','b'],'id':9007199254740991}",
        "{'op':'publish','topic':'chat.a','data':{'text':'hi \\u0041'},'key':'k','headers':{'a':1,'b':'x'},'ttl':1}",
        "{'id':'r','op':'request','topic':'rpc.x','base64':'AQI=','type':'image/png','timeout':500}",
        "{'op':'ack','tags':[1,2]}",
        "{'op':'nack','tag':7,'requeue':false}",
        "{'op':'ping'}"
    };

    private static final NativeJson JSON = new NativeJson();

    private Decoding() {}

    static Publish publish(String fields) {
        ClientMessage message = decode("{'op':'publish'," + fields + "}");
        assertThat(message).isInstanceOf(Publish.class);
        return (Publish) message;
    }

    static From subscribedFrom(String from) {
        ClientMessage message = decode("{'op':'subscribe','topic':'t','from':" + from + "}");
        assertThat(message).isInstanceOf(Subscribe.class);
        return ((Subscribe) message).from();
    }

    static Refused assertRefused(String message, ErrorCode code) {
        ClientMessage decoded = decode(message);
        assertThat(decoded).isInstanceOf(Refused.class);
        assertThat(((Refused) decoded).code()).isEqualTo(code);
        return (Refused) decoded;
    }

    static ClientMessage decode(String message) {
        return decode(bytes(message));
    }

    static ClientMessage decode(byte[] message) {
        ByteBuf buffer = Unpooled.wrappedBuffer(message);
        try {
            return JSON.decode(buffer);
        } finally {
            buffer.release();
        }
    }

    /** Quotes are written as apostrophes. */
    static byte[] bytes(String message) {
        return message.replace('\'', '"').getBytes(UTF_8);
    }
}
