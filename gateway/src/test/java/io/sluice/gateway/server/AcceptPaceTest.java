package io.sluice.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AcceptPaceTest {

    private final EmbeddedChannel port = new EmbeddedChannel();
    private final AcceptPace pace = new AcceptPace(port);
    private final List<Object> passedOn = new ArrayList<>();

    AcceptPaceTest() {
        port.pipeline().addLast(pace, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object accepted) {
                passedOn.add(accepted);
            }
        });
    }

    @Test
    void soManyAreUnderWayAndThenThePortRests() {
        List<EmbeddedChannel> crowd = accept(AcceptPace.MOST_UNDER_WAY - 1);
        assertThat(port.config().isAutoRead()).isTrue();
        crowd.addAll(accept(1));
        assertThat(port.config().isAutoRead()).isFalse();
        assertThat(passedOn).isEqualTo(crowd);
    }

    @Test
    void whenHalfOfThemAreTakenUpItGoesOn() {
        List<EmbeddedChannel> crowd = accept(AcceptPace.MOST_UNDER_WAY);
        take(crowd.subList(0, AcceptPace.MOST_UNDER_WAY / 2 - 1));
        assertThat(port.config().isAutoRead()).isFalse();
        take(crowd.subList(0, 1));
        assertThat(port.config().isAutoRead()).isTrue();
        accept(AcceptPace.MOST_UNDER_WAY / 2);
        assertThat(port.config().isAutoRead()).isFalse();
    }

    @Test
    void whoIsTakenUpCountsWhenTheLoopHasDoneWhatWaited() {
        List<EmbeddedChannel> crowd = accept(AcceptPace.MOST_UNDER_WAY);
        crowd.forEach(pace::taken);
        assertThat(port.config().isAutoRead()).isFalse();
        crowd.forEach(EmbeddedChannel::runPendingTasks);
        port.runPendingTasks();
        assertThat(port.config().isAutoRead()).isTrue();
    }

    private List<EmbeddedChannel> accept(int connections) {
        List<EmbeddedChannel> accepted = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            accepted.add(new EmbeddedChannel());
            port.pipeline().fireChannelRead(accepted.get(i));
        }
        return accepted;
    }

    private void take(List<EmbeddedChannel> connections) {
        for (EmbeddedChannel one : connections) {
            pace.taken(one);
            one.runPendingTasks();
            port.runPendingTasks();
        }
    }
}
