package io.sluice.protocol.subprotocol.json;

import static io.sluice.protocol.subprotocol.ErrorCode.BAD_REQUEST;
import static io.sluice.protocol.subprotocol.json.Decoding.assertRefused;
import static io.sluice.protocol.subprotocol.json.Decoding.decode;
import static io.sluice.protocol.subprotocol.json.Decoding.publish;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.protocol.subprotocol.ClientMessage.Ack;
import io.sluice.protocol.subprotocol.ClientMessage.Auth;
import io.sluice.protocol.subprotocol.ClientMessage.Nack;
import io.sluice.protocol.subprotocol.ClientMessage.Ping;
import io.sluice.protocol.subprotocol.ClientMessage.Publish;
import io.sluice.protocol.subprotocol.ClientMessage.Request;
import io.sluice.protocol.subprotocol.ClientMessage.Subscribe;
import io.sluice.protocol.subprotocol.ClientMessage.Unsubscribe;
import io.sluice.protocol.subprotocol.From;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The operations of a client (Sluice's own subprotocol): what each field becomes, and what it is where it does not stand. */
final class NativeJsonDecodeTest {

    @Test
    void authGivesTheToken() {
        assertThat(decode("{'op':'auth','token':'a.b.c','id':1}")).isEqualTo(new Auth("1", "a.b.c"));
        assertThat(decode("{'op':'auth','token':'secret'}").toString()).doesNotContain("secret");
    }

    @Test
    void subscribeHasDefaults() {
        assertThat(decode("{'op':'subscribe','topic':'a.*'}"))
                .isEqualTo(new Subscribe(null, List.of("a.*"), From.NEW, 1));
        assertThat(decode("{'op':'subscribe','topics':['a','b'],'credit':1000,'from':'first'}"))
                .isEqualTo(new Subscribe(null, List.of("a", "b"), From.FIRST, 1000));
    }

    @Test
    void unsubscribeTakesOneTopicOrSeveral() {
        assertThat(decode("{'op':'unsubscribe','topic':'a'}")).isEqualTo(new Unsubscribe(null, List.of("a")));
        assertThat(decode("{'op':'unsubscribe','topics':[ 'a' , '\\u0062' ]}"))
                .isEqualTo(new Unsubscribe(null, List.of("a", "b")));
    }

    @Test
    void upTo64TopicsAreTaken() {
        String topics = "'a'" + ",'a'".repeat(63);
        assertThat(decode("{'op':'subscribe','topics':[" + topics + "]}")).isInstanceOf(Subscribe.class);
        assertRefused("{'op':'subscribe','topics':[" + topics + ",'a']}", BAD_REQUEST);
    }

    @Test
    void publishGivesEveryField() {
        Publish publish =
                publish("'topic':'chat.a','data':[1],'key':'k\\u00e9','headers':{'n':-1,'d':1.5,'b':true,'s':'x'},"
                        + "'ttl':60000,'id':'p'");
        assertThat(publish.id()).isEqualTo("\"p\"");
        assertThat(publish.topic()).isEqualTo("chat.a");
        assertThat(publish.payload().contentType()).isEqualTo("application/json");
        assertThat(publish.payload().bytes()).asString(UTF_8).isEqualTo("[1]");
        assertThat(publish.key()).isEqualTo("ké");
        assertThat(publish.headers()).isEqualTo(Map.of("n", -1L, "d", 1.5, "b", true, "s", "x"));
        assertThat(publish.ttlMillis()).isEqualTo(60000);
    }

    @Test
    void publishWithoutOptionsHasNone() {
        Publish publish = publish("'topic':'t','text':''");
        assertThat(publish.id()).isNull();
        assertThat(publish.key()).isNull();
        assertThat(publish.headers()).isEmpty();
        assertThat(publish.ttlMillis()).isEqualTo(-1);
        assertThat(publish.payload().bytes()).isEmpty();
    }

    @Test
    void requestTakesItsTimeoutOrTenSeconds() {
        assertThat(((Request) decode("{'op':'request','id':1,'topic':'t','data':1}")).timeoutMillis())
                .isEqualTo(10_000);
        assertThat(((Request) decode("{'op':'request','id':1,'topic':'t','data':1,'timeout':60000}")).timeoutMillis())
                .isEqualTo(60_000);
        assertRefused("{'op':'request','id':1,'topic':'t','data':1,'timeout':60001}", BAD_REQUEST);
        assertRefused("{'op':'request','id':1,'topic':'t','data':1,'timeout':0}", BAD_REQUEST);
    }

    @Test
    void aRequestWithoutIdIsRefusedForItsReplyHasNone() {
        assertRefused("{'op':'request','topic':'t','data':1}", BAD_REQUEST);
    }

    @Test
    void ackAndNackTakeOneTagOrSeveral() {
        assertThat(decode("{'op':'ack','tag':1}")).isEqualTo(new Ack(null, List.of(1L)));
        assertThat(decode("{'op':'ack','tags':[1, 9007199254740991]}"))
                .isEqualTo(new Ack(null, List.of(1L, 9007199254740991L)));
        assertThat(decode("{'op':'nack','tag':1}")).isEqualTo(new Nack(null, List.of(1L), true));
        assertThat(decode("{'op':'nack','tags':[2],'requeue':false}")).isEqualTo(new Nack(null, List.of(2L), false));
    }

    @Test
    void fieldsOfOtherOperationsAndUnknownOnesAreIgnored() {
        assertThat(decode("{'op':'ping','tag':'no tag','x':{'x':[null]},'topics':7,'\\ud800':0}"))
                .isEqualTo(new Ping(null));
        assertThat(decode("{'op':'ping','x':" + "[".repeat(1000) + "]".repeat(1000) + "}"))
                .isEqualTo(new Ping(null));
    }

    @Test
    void escapedNamesAndWordsMeanTheSame() {
        assertThat(decode(" {\r\n\t'\\u006f\\u0070' : '\\u0070ing' } ")).isEqualTo(new Ping(null));
        assertRefused("{'op':'ping','\\u006fp':'ping'}", BAD_REQUEST);
    }
}
