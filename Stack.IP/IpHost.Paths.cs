using System.Runtime.CompilerServices;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

// What transports ask of the host.
public sealed partial class IpHost
{
    /// <summary>The frames of room below which a path counts as full, so that answers from within the stack still find some.</summary>
    private const int ReservedFrames = 4;

    /// <summary>Finds the way to a destination: the route, and the address of ours that packets carry.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="source">The address of ours to use; null, or the unspecified address, where the host chooses.</param>
    /// <returns>The path, the same one as long as nothing changes; null where there is no route, or the source is none of ours.</returns>
    /// <remarks>RFC 1122 §3.3.1 (next hop), §3.3.4.3 (source).</remarks>
    public IpPath? FindPath(IpAddress destination, IpAddress? source = null)
    {
        IpAddress wanted = source ?? IpAddress.AnyV6;
        if (wanted.IsAny)
        {
            wanted = IpAddress.AnyV6;
        }

        if (_paths.Find(wanted, destination) is { } known)
        {
            return known;
        }

        if (!destination.IsIPv4 || V4.ResolvePath(destination, wanted, _loopbackInterface) is not { } path)
        {
            return null;
        }

        // One object for each pair of addresses, whoever asked how: it carries what was learned of the path.
        if (_paths.Find(path.Source, destination) is { } same)
        {
            path = same;
        }
        else
        {
            _paths.Add(path.Source, path);
        }

        if (wanted != path.Source)
        {
            _paths.Add(wanted, path);
        }

        return path;
    }

    /// <summary>Sends one packet. Takes the ownership, whatever comes of it.</summary>
    /// <param name="packet">
    /// The packet from its transport header on, which its first block holds whole, with at least 64 bytes of headroom.
    /// A checksum may be left to the device (<see cref="ChecksumState.ToBeFilled"/>): where the device fills in none it is
    /// done here.
    /// </param>
    /// <param name="path">The way, not stale.</param>
    /// <param name="protocol">What the packet is.</param>
    /// <param name="options">Traffic class, hop limit and fragmentation.</param>
    /// <param name="now">The time of the loop's turn.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TransmitStatus Transmit(PacketBuffer packet, IpPath path, IpProtocol protocol, in IpSendOptions options, Instant now)
    {
        ArgumentNullException.ThrowIfNull(packet);
        ArgumentNullException.ThrowIfNull(path);
        return V4.Transmit(packet, path, protocol, options, now);
    }

    /// <summary>
    /// How many full segments may go to a path as one packet (<see cref="PacketBuffer.Gso"/>): as many as IP carries where
    /// the device cuts them; as many as it and the pool have room for where they are cut here; one where nobody cuts them.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="segmentation">The offload of a device that cuts them.</param>
    public int SegmentLimit(IpPath path, DeviceOffloads segmentation)
    {
        ArgumentNullException.ThrowIfNull(path);
        if ((path.Offloads & segmentation) != 0)
        {
            return int.MaxValue;
        }

        if (!Options.CutsSegments || path.Kind == PathKind.Loopback)
        {
            return 1;
        }

        int blocksPerSegment = 1 + (path.MtuBytes / PacketBuffer.BlockBytes);
        return Math.Min(path.Interface.Port.RoomFrames - ReservedFrames, (Pool.AvailableBlocks - 1) / blocksPerSegment);
    }

    /// <summary>Whether a path takes another packet for now. A transport that is told no asks again in a later turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasRoom(IpPath path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Kind == PathKind.Loopback ? !_loopback.IsFull : path.Interface.Port.RoomFrames > ReservedFrames;
    }

    /// <summary>
    /// Answers a received packet with an ICMP error that quotes it, where the rules allow an answer and the rate limit is
    /// not used up. Borrows the packet.
    /// </summary>
    /// <param name="packet">The packet: its network header must still stand before its data.</param>
    /// <param name="kind">What to say: port or protocol unreachable.</param>
    /// <param name="facts">What the IP layer told of the packet.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <remarks>RFC 1122 §3.2.2, RFC 1812 §4.3.2.8 (rate).</remarks>
    public void SendIcmpError(PacketBuffer packet, IcmpErrorKind kind, in IpFacts facts, Instant now)
    {
        ArgumentNullException.ThrowIfNull(packet);
        V4.Icmp.SendError(packet, kind, facts, now);
    }
}
