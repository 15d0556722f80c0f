using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

// Ports by RFC 6056, initial sequence numbers by RFC 6528, offsets of the timestamp clock by RFC 7323 §5.4.
public sealed partial class TcpDemultiplexer
{
    private const int RandomPortTries = 32;

    /// <summary>How far behind the old connection's last sequence number one starts that takes the place of it.</summary>
    private const int IncarnationStep = 128 * 1024;

    private int EphemeralPorts => Options.LastEphemeralPort - Options.FirstEphemeralPort + 1;

    /// <summary>
    /// Settles the local port of a connection. A port is free if no connection has the same four parts, and where the host is
    /// one of several shards the answers must come to it.
    /// </summary>
    /// <param name="local">Our end; port 0 takes any.</param>
    /// <param name="remote">The peer.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <param name="after">The sequence number behind which to start, where a connection in TIME-WAIT gives way.</param>
    /// <param name="error">Why there is none.</param>
    private bool TryTakePort(ref IpEndPoint local, in IpEndPoint remote, Instant now, out SequenceNumber? after, out TcpError error)
    {
        after = null;
        error = TcpError.None;
        if (local.Port != 0)
        {
            if (TryTake(local, remote, mayReplace: true, out after))
            {
                return true;
            }

            error = TcpError.AddressInUse;
            return false;
        }

        int start = _entropy.Next(EphemeralPorts);
        for (int attempt = 0; attempt < RandomPortTries; attempt++)
        {
            local = local with { Port = (ushort)(Options.FirstEphemeralPort + start) };
            if (TryTake(local, remote, mayReplace: false, out after))
            {
                return true;
            }

            start = _entropy.Next(EphemeralPorts);
        }

        // Nearly all are taken: look at each, and in a second round let those in TIME-WAIT give way.
        for (int attempt = 0; attempt < 2 * EphemeralPorts; attempt++)
        {
            local = local with { Port = (ushort)(Options.FirstEphemeralPort + ((start + attempt) % EphemeralPorts)) };
            if (TryTake(local, remote, mayReplace: attempt >= EphemeralPorts, out after))
            {
                return true;
            }
        }

        error = TcpError.PortsExhausted;
        return false;
    }

    private bool TryTake(in IpEndPoint local, in IpEndPoint remote, bool mayReplace, out SequenceNumber? after)
    {
        after = null;
        if (FindListener(local) is not null && local.Port >= Options.FirstEphemeralPort && !mayReplace)
        {
            return false;
        }

        if (Host.Shard?.OwnsTcp(local, remote) == false)
        {
            return false;
        }

        ControlBlock? block = _table.Find(local, remote);
        if (block is TimeWaitBlock old && mayReplace)
        {
            // RFC 6191 §3 leaves the judgment to the peer: our sequence numbers and clock go on where the old ones ended.
            after = old.SendNext;
            RemoveTimeWait(old);
            return true;
        }

        return block is null;
    }

    private IpEndPoint FindListenPort(IpAddress address)
    {
        int start = _entropy.Next(EphemeralPorts);
        for (int attempt = 0; attempt < EphemeralPorts; attempt++)
        {
            IpEndPoint local = new(address, (ushort)(Options.FirstEphemeralPort + ((start + attempt) % EphemeralPorts)));
            if (!IsListening(local))
            {
                return local;
            }
        }

        return new IpEndPoint(address, 0);
    }

    /// <summary>ISN = M + F(localip, localport, remoteip, remoteport, secretkey), M a clock of 4 µs.</summary>
    /// <remarks>RFC 6528 §3.</remarks>
    private SequenceNumber InitialSequence(in IpEndPoint local, in IpEndPoint remote, SequenceNumber? after, Instant now)
    {
        uint hash = (uint)ConnectionTable.HashOf(_sequenceKey, local, remote);
        SequenceNumber sequence = new(unchecked(hash + (uint)(now.Nanoseconds / 4_000)));

        // RFC 1122 §4.2.2.13 (b): "assigns its initial sequence number for the new connection to be larger than the largest
        // sequence number it used on the previous connection incarnation".
        return after is { } old && sequence <= old + IncarnationStep ? old + IncarnationStep : sequence;
    }

    /// <summary>The same for every connection between the same ends, so that the clock of a later one has moved on.</summary>
    private uint TimestampOffset(in IpEndPoint local, in IpEndPoint remote) =>
        (uint)ConnectionTable.HashOf(_timestampKey, local, remote);
}
