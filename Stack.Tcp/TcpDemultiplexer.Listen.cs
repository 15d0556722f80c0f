using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

// Segments for listen endpoints: RFC 9293 §3.10.7.2, RFC 4987.
public sealed partial class TcpDemultiplexer
{
    private readonly SynCookies _cookies;

    private void SegmentArrivesInListen(
        TcpListenEndpoint listener,
        in IpEndPoint local,
        in IpEndPoint remote,
        ref Segment segment,
        PacketBuffer packet,
        SequenceNumber? after,
        Instant now)
    {
        if (segment.IsReset)
        {
            // "An incoming RST segment could not be valid since it could not have been sent in response to anything sent by
            // this incarnation of the connection. An incoming RST should be ignored."
            Host.Pool.Drop(packet, DropReason.TcpStrayReset);
            return;
        }

        if (segment.IsAcknowledgment)
        {
            // "Any acknowledgment is bad if it arrives on a connection still in the LISTEN state", unless it brings a cookie.
            if (!TryTakeCookie(listener, local, remote, ref segment, packet, now))
            {
                RefuseStray(local, remote, segment, packet, now);
            }

            return;
        }

        if (!segment.IsSyn)
        {
            Host.Pool.Drop(packet, DropReason.TcpBadFlags);
            return;
        }

        bool usesCookie = after is null
            && (Options.SynCookies == SynCookieUse.Always
                || (Options.SynCookies == SynCookieUse.WhenFull && listener.IsSynQueueFull));
        if (listener.IsAcceptQueueFull
            || (listener.IsSynQueueFull && !usesCookie)
            || ConnectionCount >= Options.MaximumConnections)
        {
            Host.Pool.Drop(packet, DropReason.TcpBacklogFull);
            return;
        }

        if (Host.FindPath(remote.Address, local.Address) is not { } path)
        {
            Host.Pool.Drop(packet, DropReason.NoRoute);
            return;
        }

        if (usesCookie)
        {
            AnswerWithCookie(listener, local, remote, segment, path, now);
            Host.Counters.Increment(Counter.FramesDelivered);
            Host.Pool.Return(packet);
            return;
        }

        TcpConnection connection = new(this, local, remote, listener.Options, path);
        _table.Add(connection);
        listener.Add(connection);
        connection.OpenPassively(
            listener, InitialSequence(local, remote, after, now), TimestampOffset(local, remote), segment, now);
        connection.OpenFast(JudgeFastOpen(listener, local, remote, segment), ref segment, packet, now);
    }

    /// <summary>Answers a SYN with all that is to be remembered of it.</summary>
    /// <remarks>
    /// RFC 4987 §3.6. Where the peer sends no timestamps there is no room for window scale and SACK, so that they are not
    /// agreed upon. Data on the SYN is not acknowledged: the peer sends it again.
    /// </remarks>
    private void AnswerWithCookie(
        TcpListenEndpoint listener, in IpEndPoint local, in IpEndPoint remote, in Segment syn, IpPath path, Instant now)
    {
        TcpConnectionOptions options = listener.Options;
        bool hasTimestamps = options.Timestamps && syn.Options.HasTimestamps;
        CookieOptions kept = hasTimestamps ? KeptOptions(syn, options) : CookieOptions.None;
        SegmentOptions answer = new()
        {
            MaximumSegmentBytes = (ushort)TcpConnection.OfferedSegmentBytes(options, path, remote.Address),
            SackPermitted = kept.SackPermitted,
            HasTimestamps = hasTimestamps,
            TimestampValue = kept.WriteTo(unchecked((uint)now.Milliseconds + TimestampOffset(local, remote))),
            TimestampEcho = syn.Options.TimestampValue,
            HasWindowScale = kept.WindowScale >= 0,
            WindowScale = (byte)options.EffectiveWindowScale,
        };
        int segmentBytes = TcpConnection.SegmentBytesOf(syn.Options, remote.Address);
        SequenceNumber cookie = _cookies.Make(local, remote, syn.Sequence, segmentBytes, now);
        ushort window = (ushort)TcpConnection.FirstWindowOf(options, Memory);
        listener.LastCookie = now;
        Host.Counters.Increment(Counter.TcpCookiesTransmitted);
        SendWithOptions(
            local,
            remote,
            new ControlSegment(
                cookie,
                syn.Sequence + 1,
                TcpFlags.Syn | TcpFlags.Acknowledgment | EcnNegotiation.Answer(kept.Ecn, syn.Codepoint),
                window,
                TrafficClass: (byte)(options.TrafficClass & ~3)),
            answer,
            path,
            now);
    }

    /// <summary>Opens the connection whose SYN was answered with a cookie, if the acknowledgment brings it back.</summary>
    /// <returns>False where it does not; the packet is still the caller's.</returns>
    private bool TryTakeCookie(
        TcpListenEndpoint listener,
        in IpEndPoint local,
        in IpEndPoint remote,
        ref Segment segment,
        PacketBuffer packet,
        Instant now)
    {
        // Where no cookie was made of late there is nothing to guess.
        if (segment.IsSyn || now - listener.LastCookie > SynCookies.Lifetime)
        {
            return false;
        }

        SequenceNumber sequence = segment.Sequence - 1;
        SequenceNumber cookie = segment.Acknowledgment - 1;
        if (!_cookies.TryRead(local, remote, sequence, cookie, now, out ushort segmentBytes))
        {
            Host.Counters.Increment(Counter.TcpCookiesRefused);
            return false;
        }

        if (listener.IsAcceptQueueFull
            || ConnectionCount >= Options.MaximumConnections
            || Host.FindPath(remote.Address, local.Address) is not { } path)
        {
            // The peer takes the connection for open: what it sends next asks again.
            Host.Pool.Drop(packet, DropReason.TcpBacklogFull);
            return true;
        }

        Host.Counters.Increment(Counter.TcpCookiesAccepted);
        Segment syn = SynOf(segment, listener.Options, segmentBytes);

        // The echo carried options rather than the time: no round trip is to be told from it.
        segment.Options.TimestampEcho = 0;
        TcpConnection connection = new(this, local, remote, listener.Options, path);
        _table.Add(connection);
        listener.Add(connection);
        connection.OpenByCookie(listener, cookie, TimestampOffset(local, remote), syn, now);
        connection.SegmentArrives(ref segment, packet, now);
        return true;
    }

    private static CookieOptions KeptOptions(in Segment syn, TcpConnectionOptions options) => new(
        options.WindowScale >= 0 && syn.Options.HasWindowScale ? syn.Options.WindowScale : -1,
        options.SelectiveAcknowledgments && syn.Options.SackPermitted,
        EcnNegotiation.Agreed(options.Ecn, syn.Flags));

    /// <summary>The SYN that a cookie stands for, as far as it was kept.</summary>
    private static Segment SynOf(in Segment acknowledgment, TcpConnectionOptions options, ushort segmentBytes)
    {
        bool hasTimestamps = options.Timestamps && acknowledgment.Options.HasTimestamps;
        CookieOptions kept = hasTimestamps ? CookieOptions.Read(acknowledgment.Options.TimestampEcho) : CookieOptions.None;
        Segment syn = new()
        {
            Sequence = acknowledgment.Sequence - 1,
            Window = acknowledgment.Window,
            Flags = TcpFlags.Syn | kept.Ecn switch
            {
                EcnForm.Classic => EcnNegotiation.Request(EcnUse.Ask),
                EcnForm.Accurate => EcnNegotiation.Request(EcnUse.AskAccurate),
                _ => TcpFlags.None,
            },
        };
        syn.Options.MaximumSegmentBytes = segmentBytes;
        syn.Options.HasTimestamps = hasTimestamps;
        syn.Options.TimestampValue = acknowledgment.Options.TimestampValue;
        syn.Options.SackPermitted = kept.SackPermitted;
        syn.Options.HasWindowScale = kept.WindowScale >= 0;
        syn.Options.WindowScale = (byte)Math.Max(kept.WindowScale, 0);
        return syn;
    }
}
