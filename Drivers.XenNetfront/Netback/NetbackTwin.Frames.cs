using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

// Between the rings and the device outside. What Linux's network core does around its netback is done here: finding where a
// blank checksum goes, and doing by hand what the next taker cannot.
public sealed partial class NetbackTwin
{
    private const int BurstFrames = 64;
    private const int MaximumParts = 64;

    private readonly DeviceOffloads _offloads;
    private readonly PacketBuffer[] _taken = new PacketBuffer[BurstFrames];
    private readonly PacketBuffer[] _brought = new PacketBuffer[BurstFrames];
    private readonly PacketBuffer[] _parts = new PacketBuffer[MaximumParts];
    private readonly PacketBuffer[] _outgoing = new PacketBuffer[BurstFrames * MaximumParts];
    private readonly ToeplitzSteering _spread = MakeSpread();
    private int _outgoingStart;
    private int _outgoingEnd;

    private bool CarryFromGuest(Instant now)
    {
        bool isBusy = false;
        Flush(now);
        foreach (NetbackQueue queue in _queues)
        {
            // What the device outside does not take holds the frontend up.
            if (_outgoingStart != _outgoingEnd || _isDisabled)
            {
                break;
            }

            int count = queue.TakeFrames(_taken);
            isBusy |= count > 0;
            foreach (PacketBuffer frame in _taken.AsSpan(0, count))
            {
                Counters.FramesFromGuest++;
                Counters.BytesFromGuest += frame.TotalLength;
                if (frame.Checksum == ChecksumState.None && frame.Gso == GsoType.None)
                {
                    _outgoing[_outgoingEnd++] = frame;
                }
                else
                {
                    PutOutgoing(frame);
                }
            }

            Flush(now);
        }

        return isBusy;
    }

    private void PutOutgoing(PacketBuffer frame)
    {
        bool isBlank = frame.Checksum == ChecksumState.ToBeFilled;
        Counters.BlankChecksumsFromGuest += isBlank ? 1 : 0;
        if (frame.Gso != GsoType.None)
        {
            Counters.SuperFramesFromGuest++;
            Counters.SuperFramesMended += isBlank ? 0 : 1;
        }

        if ((isBlank || frame.Gso != GsoType.None) && !TransportHeader.TryMark(frame, isBlank))
        {
            DropFrame(frame);
            return;
        }

        DeviceOffloads wanted = frame.Gso switch
        {
            GsoType.TcpV4 => DeviceOffloads.SegmentTcpV4,
            GsoType.TcpV6 => DeviceOffloads.SegmentTcpV6,
            _ when frame.Checksum == ChecksumState.ToBeFilled => IsV4(frame) ? DeviceOffloads.TransmitChecksumV4 : DeviceOffloads.TransmitChecksumV6,
            _ => DeviceOffloads.None,
        };
        _outgoingEnd += Convert(frame, (wanted & ~_offloads) == 0, (wanted & ~_offloads) == 0, _outgoing.AsSpan(_outgoingEnd));
    }

    private bool CarryToGuest(Instant now)
    {
        int count = _outside.Receive(_brought, now);
        foreach (PacketBuffer frame in _brought.AsSpan(0, count))
        {
            if (_queues.Length == 1 && !_isDisabled && frame.Checksum != ChecksumState.ToBeFilled && frame.Gso == GsoType.None
                && !Guest.MulticastControl && (frame.Next is null || Guest.ScatterGather))
            {
                _queues[0].Enqueue(frame, now);
            }
            else
            {
                Steer(frame, now);
            }
        }

        bool isBusy = count > 0;
        if (!_isDisabled)
        {
            foreach (NetbackQueue queue in _queues)
            {
                isBusy |= queue.GiveFrames(now);
            }
        }

        return isBusy;
    }

    private void Steer(PacketBuffer frame, Instant now)
    {
        if (_queues.Length == 0 || _isDisabled || frame.Length < EthernetHeader.LengthBytes
            || (!Guest.ScatterGather && frame.TotalLength > EthernetHeader.LengthBytes + EthernetHeader.VlanTagLengthBytes + 1500 && frame.Gso == GsoType.None))
        {
            DropFrame(frame);
            return;
        }

        if (Guest.MulticastControl && MacAddress.Read(frame.Span) is { IsGroup: true, IsBroadcast: false } group && !Groups.Contains(group))
        {
            Counters.MulticastFiltered++;
            frame.Pool.Return(frame);
            return;
        }

        bool takesChecksum = frame.Checksum != ChecksumState.ToBeFilled || (IsV4(frame) ? Guest.ChecksumV4 : Guest.ChecksumV6);
        int count = Convert(frame, takesChecksum, Guest.Takes(frame.Gso), _parts);
        foreach (PacketBuffer part in _parts.AsSpan(0, count))
        {
            NetbackQueue queue = _queues[_queues.Length == 1 ? 0 : (HashesFrames ? Steering : _spread).QueueOf(part, _queues.Length)];
            queue.Enqueue(part, now);
        }
    }

    /// <summary>Makes a frame fit for who takes it next. Takes the ownership.</summary>
    /// <returns>How many frames it has become.</returns>
    private int Convert(PacketBuffer frame, bool takesChecksum, bool takesSegmentation, Span<PacketBuffer> into)
    {
        if (frame.Gso != GsoType.None && !takesSegmentation)
        {
            int count = FrameOffloads.Cut(frame, _pool, into[..Math.Min(into.Length, MaximumParts)]);
            if (count == 0)
            {
                DropFrame(frame);
                return 0;
            }

            frame.Pool.Return(frame);
            return count;
        }

        if (!takesChecksum && frame.Checksum == ChecksumState.ToBeFilled)
        {
            frame.FillChecksum();
        }

        into[0] = frame;
        return 1;
    }

    private void Flush(Instant now)
    {
        if (_outgoingStart == _outgoingEnd)
        {
            return;
        }

        _outgoingStart += _outside.Transmit(_outgoing.AsSpan(_outgoingStart, _outgoingEnd - _outgoingStart), now);
        if (_outgoingStart == _outgoingEnd)
        {
            Array.Clear(_outgoing, 0, _outgoingEnd);
            _outgoingStart = 0;
            _outgoingEnd = 0;
        }
    }

    private void DropOutgoing()
    {
        foreach (PacketBuffer frame in _outgoing.AsSpan(_outgoingStart, _outgoingEnd - _outgoingStart))
        {
            frame.Pool.Return(frame);
        }

        _outgoingStart = _outgoingEnd;
    }

    private void DropFrame(PacketBuffer frame)
    {
        Counters.Dropped++;
        frame.Pool.Return(frame);
    }

    private static bool IsV4(PacketBuffer frame) => BinaryPrimitives.ReadUInt16BigEndian(frame.Span[12..]) == (ushort)EtherType.IPv4;

    /// <summary>How flows are spread over queues while the frontend has not told.</summary>
    private static ToeplitzSteering MakeSpread()
    {
        Span<byte> key = stackalloc byte[ToeplitzSteering.MaximumKeyBytes];
        new SeededEntropy(1).Fill(key);
        ToeplitzSteering spread = new() { Algorithm = ControlMessage.AlgorithmToeplitz, Types = 15 };
        spread.SetKey(key);
        return spread;
    }
}
