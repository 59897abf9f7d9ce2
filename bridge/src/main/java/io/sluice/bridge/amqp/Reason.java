package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.MalformedFrameException;
import com.rabbitmq.client.MissedHeartbeatException;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import com.rabbitmq.client.ShutdownSignalException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says in one sentence why the broker refused or was lost, and what to do about it. Never holds a password. */
final class Reason {

    private Reason() {}

    /** Why no connection to {@code uri} could be made. */
    static String notConnected(AmqpUri uri, Throwable failure) {
        if (failure instanceof AuthenticationFailureException
                || failure instanceof PossibleAuthenticationFailureException) {
            return uri + " refused the credentials: check user and password in amqp.uris.";
        }
        if (failure instanceof UnknownHostException) {
            return uri + ": the host name is not known: check amqp.uris and the name service.";
        }
        if (failure instanceof SocketTimeoutException || failure instanceof TimeoutException) {
            return uri + " did not answer in time: is the broker overloaded, or a firewall between?";
        }
        if (failure instanceof ConnectException) {
            return uri + " does not take connections: is RabbitMQ running there?";
        }
        if (failure instanceof SSLException) {
            return uri + ": TLS failed: " + failure.getMessage() + tlsRemedy(String.valueOf(failure.getMessage()));
        }
        ShutdownSignalException signal = signal(failure);
        if (signal != null && signal.getReason() instanceof AMQP.Connection.Close close) {
            return uri + " refused: " + close.getReplyText() + vhostRemedy(close.getReplyText());
        }
        return failure.getMessage() == null
                ? uri + " ended the connection while it was being made: is it RabbitMQ that listens there?"
                        + (uri.toString().startsWith("amqp:") ? " A port of TLS wants amqps." : "")
                : uri + ": " + failure.getMessage();
    }

    /** As the JDK words it. */
    private static String tlsRemedy(String message) {
        if (message.contains("Unsupported or unrecognized SSL message")) {
            return ". That port speaks no TLS: is it the one for amqps, which is 5671 most often?";
        }
        if (message.contains("validity check failed") || message.contains("NotAfter")) {
            return ". The broker's certificate is out of its time: renew it.";
        }
        if (message.contains("unable to find valid certification path") || message.contains("PKIX")) {
            return ". Name whoever signed the broker's certificate in amqp.tls.ca.";
        }
        return message.contains("No name matching") || message.contains("subject alternative")
                ? ". The broker's certificate is for another host name than that in amqp.uris."
                : "";
    }

    /** As RabbitMQ words it. */
    private static String vhostRemedy(String text) {
        if (text.contains("vhost") && text.endsWith("not found")) {
            return ". Create it (rabbitmqctl add_vhost), or correct amqp.uris; the default one is written %2f.";
        }
        return text.contains("access to vhost")
                ? ". Give the user permissions in it (rabbitmqctl set_permissions)."
                : "";
    }

    /** What to do where {@code refusal} is for want of {@code rights}; empty where it is not. Begins with a space. */
    static String remedy(AMQP.Channel.Close refusal, String rights) {
        return refusal.getReplyCode() == AMQP.ACCESS_REFUSED ? " Grant the broker's user " + rights + "." : "";
    }

    /** Why a connection to {@code uri} that stood was lost. */
    static String lost(AmqpUri uri, ShutdownSignalException signal) {
        if (signal.getReason() instanceof AMQP.Connection.Close close) {
            return uri + " closed the connection: " + close.getReplyText();
        }
        if (signal.getCause() instanceof MissedHeartbeatException) {
            return uri + " went silent: its heartbeats are missing.";
        }
        if (signal.getCause() instanceof MalformedFrameException malformed) {
            return uri + " sent what the client cannot read: " + malformed.getMessage();
        }
        return uri + " was lost: is RabbitMQ running there?";
    }

    /** What the broker said when it closed a channel or refused an operation; null where it said nothing: the connection is gone. */
    static AMQP.Channel.@Nullable Close channelClose(Throwable failure) {
        ShutdownSignalException signal = signal(failure);
        return signal != null && signal.getReason() instanceof AMQP.Channel.Close close ? close : null;
    }

    private static @Nullable ShutdownSignalException signal(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof ShutdownSignalException signal) {
                return signal;
            }
        }
        return null;
    }
}
