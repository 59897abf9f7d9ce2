package io.sluice.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdmissionRequestTest {

    @ParameterizedTest
    @CsvSource({
        "/ws, /ws",
        "/ws?a=b, /ws",
        "?a=b, ''",
        "/ws?next=http://a/b, /ws",
        "http://localhost:8080/ws, /ws",
        "http://localhost/ws?access_token=x, /ws",
        "://a/b, ://a/b"
    })
    void thePathHasNeitherQueryNorAuthority(String target, String path) {
        assertThat(request(target).path()).isEqualTo(path);
    }

    @Test
    void whatMayBeATokenIsNotPrinted() {
        assertThat(request("/ws?access_token=x")).hasToString("AdmissionRequest[localhost/127.0.0.1]");
    }

    private static AdmissionRequest request(String target) {
        return new AdmissionRequest(target, new DefaultHttpHeaders(), InetAddress.getLoopbackAddress(), null);
    }
}
