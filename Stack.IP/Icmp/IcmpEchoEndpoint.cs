using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.IP;

/// <summary>Sends ICMP echo requests under one identifier and takes what comes back: what <c>ping</c> stands on.</summary>
/// <remarks>RFC 1122 §3.2.2.6.</remarks>
public sealed class IcmpEchoEndpoint
{
    private const int MaximumQueuedEvents = 256;

    private readonly IcmpEchoDemultiplexer _demultiplexer;
    private readonly IpHost _host;
    private readonly Queue<IcmpEchoEvent> _events = new();

    internal IcmpEchoEndpoint(IcmpEchoDemultiplexer demultiplexer, IpHost host, ushort identifier)
    {
        _demultiplexer = demultiplexer;
        _host = host;
        Identifier = identifier;
    }

    /// <summary>What tells this endpoint's requests from those of others.</summary>
    public ushort Identifier { get; }

    /// <summary>Whatever the owner keeps with it.</summary>
    public object? User { get; set; }

    /// <summary>Whether <see cref="Close"/> was called.</summary>
    public bool IsClosed { get; private set; }

    internal bool IsActive { get; set; }

    internal IcmpEchoEndpoint? ActiveNext { get; set; }

    /// <summary>Sends an echo request.</summary>
    /// <param name="path">The way, not stale.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="payload">The data to be echoed: at most 65,507 bytes.</param>
    /// <param name="options">Traffic class, hop limit and fragmentation.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <returns>What became of it; <see cref="TransmitStatus.NoRoom"/> also where the path is full for now.</returns>
    /// <exception cref="InvalidOperationException">The endpoint is closed.</exception>
    public TransmitStatus Send(IpPath path, ushort sequence, ReadOnlySpan<byte> payload, in IpSendOptions options, Instant now)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (IsClosed)
        {
            throw new InvalidOperationException("The endpoint is closed.");
        }

        if (payload.Length > Ipv4Header.MaximumTotalLengthBytes - Ipv4Header.MinimumLengthBytes - IcmpHeader.LengthBytes)
        {
            return TransmitStatus.TooBig;
        }

        if (!_host.HasRoom(path))
        {
            return TransmitStatus.NoRoom;
        }

        if (_host.Pool.TryLeaseCopy(payload) is not { } packet)
        {
            return TransmitStatus.OutOfMemory;
        }

        Span<byte> header = packet.Prepend(IcmpHeader.LengthBytes);
        IcmpHeader.Write(header, IcmpType.EchoRequest, 0, Identifier, sequence);
        BinaryPrimitives.WriteUInt16BigEndian(
            header[IcmpHeader.ChecksumOffset..], InternetChecksum.Complete(PacketChain.Sum(packet, 0)));
        return _host.Transmit(packet, path, IpProtocol.Icmp, options, now);
    }

    /// <summary>Takes the oldest reply or error.</summary>
    public bool TryReceive(out IcmpEchoEvent received) => _events.TryDequeue(out received);

    /// <summary>Gives the identifier back. What was not taken is gone.</summary>
    public void Close()
    {
        if (IsClosed)
        {
            return;
        }

        IsClosed = true;
        _demultiplexer.Remove(this);
        while (_events.TryDequeue(out IcmpEchoEvent waiting))
        {
            if (waiting.Payload is { } payload)
            {
                _host.Pool.Return(payload);
            }
        }
    }

    /// <summary>Queues what arrived.</summary>
    /// <returns>False where too much waits already.</returns>
    internal bool TryAppend(in IcmpEchoEvent received)
    {
        if (_events.Count >= MaximumQueuedEvents)
        {
            return false;
        }

        _events.Enqueue(received);
        return true;
    }
}
