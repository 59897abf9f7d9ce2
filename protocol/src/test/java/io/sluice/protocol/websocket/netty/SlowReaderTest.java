package io.sluice.protocol.websocket.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.sluice.protocol.websocket.ReassemblyBudget;
import io.sluice.protocol.websocket.WebSocketLimits;
import io.sluice.protocol.websocket.WebSocketSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A ping waits behind what the kernel holds: who has not come to it is not dead, who has and is silent is. Pings after 0.5 s to 1 s. */
final class SlowReaderTest {

    private static final WebSocketSettings SETTINGS = new WebSocketSettings(
            WebSocketLimits.DEFAULT,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            new ReassemblyBudget(1 << 20),
            violation -> {});

    private final Recorder recorder = new Recorder();
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private Socket client = new Socket();

    @BeforeEach
    void connect() throws IOException {
        assumeTrue(Epoll.isAvailable());
        HandshakePipeline webSockets = new HandshakePipeline(
                HandshakeSettings.of(), SETTINGS, (channel, request, subprotocol, upgrade) -> upgrade.accept(recorder));
        Channel server = new ServerBootstrap()
                .group(loops)
                .channel(EpollServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        webSockets.addTo(channel.pipeline());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
        client.setReceiveBufferSize(4096);
        client.connect(server.localAddress() instanceof InetSocketAddress address ? address : null);
        client.getOutputStream().write(Embedded.REQUEST.getBytes(StandardCharsets.US_ASCII));
        client.getInputStream().readNBytes(Embedded.SWITCHED.length());
        await().until(() -> recorder.told.size() == 1);
    }

    @AfterEach
    void end() throws IOException {
        client.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void aReaderThatHasNotComeToThePingIsLeftAlone() throws IOException {
        // All in the kernel: nothing waits in the channel, so nothing can be seen to shrink there.
        int bytes = 60_000;
        recorder.socket().channel().eventLoop().execute(() -> {
            ByteBuf payload = recorder.socket().channel().alloc().buffer(bytes).writeZero(bytes);
            recorder.socket().sendBinary(payload);
            recorder.socket().flush();
        });
        await().during(4, TimeUnit.SECONDS).atMost(6, TimeUnit.SECONDS).until(() -> recorder.told.size() == 1);
        InputStream in = client.getInputStream();
        assertThat(in.readNBytes(4 + bytes)).hasSize(4 + bytes);
        assertThat(in.readNBytes(2)).containsExactly(0x89, 0);
    }

    @Test
    void aReaderThatHasComeToThePingAndIsSilentIsDropped() throws IOException {
        assertThat(client.getInputStream().readNBytes(2)).containsExactly(0x89, 0);
        await().atMost(3, TimeUnit.SECONDS).until(() -> recorder.told.contains("closed 1006"));
    }
}
