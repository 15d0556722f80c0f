using System.Buffers.Binary;
using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>
/// A peer that mostly tells the truth: it follows what the host sends and answers as a TCP might. A part of its segments is
/// bent: numbers near the truth, any flags, any options.
/// </summary>
internal sealed class FuzzPeer(SeededEntropy entropy, ushort port, int bentPercent)
{
    private ushort _hostPort = ListenPort;
    private TcpFlags _owed;
    private bool _hasTimestamps;
    private int _windowScale;
    private uint _next;
    private uint _acknowledged;
    private uint _hostNext;
    private uint _hostAcknowledged;
    private uint _hostTimestamp;
    private byte[] _cookie = [];
    private int _window = 30_000;
    private int _sent;

    public IpEndPoint EndPoint { get; } = new(PeerAddress, port);

    /// <summary>The byte of every stream at an absolute sequence number: what is sent twice is the same.</summary>
    public static byte PayloadAt(uint sequence) => (byte)(sequence ^ (sequence >> 8) ^ (sequence >> 19));

    /// <summary>The peer sees what the host sent.</summary>
    public void Follow(SentSegment sent, ushort hostPort)
    {
        uint end = unchecked(sent.Sequence + (uint)sent.Payload.Length + ((sent.Flags & Fin) != 0 ? 1u : 0));
        if ((sent.Flags & Rst) != 0)
        {
            if (hostPort == _hostPort && entropy.Next(4) > 0)
            {
                // Nobody is there any more: it starts anew.
                _hostNext = 0;
            }

            return;
        }

        uint? timestamp = TimestampOf(sent.Options);
        _hostTimestamp = timestamp ?? _hostTimestamp;
        if ((sent.Flags & Syn) == 0 && hostPort == _hostPort)
        {
            _hasTimestamps = timestamp is not null;
        }

        if ((sent.Flags & Syn) != 0)
        {
            _hostPort = hostPort;
            _acknowledged = sent.Sequence;
            _hostNext = unchecked(end + 1);
            if ((sent.Flags & Ack) == 0)
            {
                _owed = entropy.Next(8) == 0 ? Syn : Syn | Ack;
                _next = entropy.Next(4) == 0 ? _next : entropy.NextUInt32();
            }
            else
            {
                _owed = Ack;
                int cookie = sent.Options.AsSpan().IndexOf((byte)34);
                _cookie = cookie >= 0 && cookie + 10 <= sent.Options.Length ? sent.Options[(cookie + 2)..(cookie + 10)] : _cookie;
            }
        }
        else if (hostPort == _hostPort && unchecked((int)(end - _hostNext)) > 0)
        {
            _hostNext = end;
        }

        if ((sent.Flags & Ack) != 0)
        {
            _hostAcknowledged = sent.Acknowledgment;
        }
    }

    /// <summary>The next segment, as a packet.</summary>
    public byte[] Speak(long milliseconds)
    {
        Saying saying = Choose(entropy.Next(100));
        bool isBent = entropy.Next(100) < bentPercent;
        if (isBent)
        {
            Bend(ref saying.Flags, ref saying.Sequence, ref saying.Acknowledgment, ref saying.PayloadBytes);
        }

        uint acknowledgment = saying.Acknowledgment;
        if ((saying.Flags & Ack) != 0
            && unchecked((int)(acknowledgment - _acknowledged)) > 0
            && unchecked((int)(acknowledgment - _hostNext)) <= 0)
        {
            _acknowledged = acknowledgment;
        }

        byte[] packet = Packets.Tcp(
            EndPoint,
            new IpEndPoint(OurAddress, _hostPort),
            saying.Sequence,
            acknowledgment,
            saying.Flags,
            Window(),
            Options(saying.Flags, saying.Sacks, milliseconds, isBent),
            Payload(saying.Sequence, saying.Flags, saying.PayloadBytes));
        MarkCongestion(packet);
        if (++_sent % 97 == 0)
        {
            // The checksum finds it.
            packet[20 + entropy.Next(packet.Length - 20)] ^= (byte)(1 + entropy.Next(255));
        }

        return packet;
    }

    /// <summary>What it says next: what it owes, or one of the kinds by chance.</summary>
    private Saying Choose(int kind)
    {
        Saying saying = new()
        {
            Flags = Ack,
            Sequence = _next,
            Acknowledgment = entropy.Next(5) switch { 0 => _hostNext, 1 => Between(_acknowledged, _hostNext), _ => _acknowledged },
            Sacks = [],
        };
        if (_owed != 0 && kind < 90)
        {
            saying.Flags = _owed;
            saying.Acknowledgment = _hostNext;
            _owed = 0;
            if ((saying.Flags & Syn) != 0)
            {
                _next++;
            }
        }
        else if (_hostNext == 0 || (kind == 0 && entropy.Next(2) == 0))
        {
            Open(ref saying);
        }
        else
        {
            SpeakOfKind(kind, ref saying);
        }

        return saying;
    }

    private void Open(ref Saying saying)
    {
        saying.Flags = Syn;
        _next = saying.Sequence = entropy.Next(3) == 0 ? unchecked(_next + (uint)entropy.Next(100_000)) : entropy.NextUInt32();
        _next++;
        _hostPort = ListenPort;
        _hasTimestamps = entropy.Next(2) == 0;
        saying.Flags |= entropy.Next(2) == 0 ? (TcpFlags)(entropy.Next(8) << 6) : 0;
        saying.PayloadBytes = entropy.Next(3) == 0 ? entropy.Next(1000) : 0;
    }

    private void SpeakOfKind(int kind, ref Saying saying)
    {
        if (kind < 40)
        {
            saying.PayloadBytes = entropy.Next(3) == 0 ? 1 + entropy.Next(20) : 1 + entropy.Next(1448);
            _next = unchecked(_next + (uint)saying.PayloadBytes);
            saying.Flags |= entropy.Next(2) == 0 ? Psh : 0;
        }
        else if (kind < 50)
        {
            // Behind a gap, or once more.
            saying.PayloadBytes = 1 + entropy.Next(1448);
            saying.Sequence = unchecked(_next + (uint)(entropy.Next(6000) - 2000));
        }
        else if (kind < 80)
        {
            // A duplicate, with blocks of what is in flight.
            saying.Acknowledgment = _acknowledged;
            saying.Sacks = SackBlocks();
        }
        else if (kind == 80)
        {
            saying.Flags |= Fin;
            _next++;
        }
        else if (kind < 83)
        {
            saying.Sequence = unchecked(_next - 1);
            saying.PayloadBytes = entropy.Next(2);
        }
        else if (kind == 83 && entropy.Next(2) == 0)
        {
            saying.Flags = entropy.Next(2) == 0 ? Rst : Rst | Ack;
            saying.Sequence = entropy.Next(2) == 0 ? _next : unchecked(_next + (uint)entropy.Next(30_000));
        }
        else if (kind < 92)
        {
            // Some of what it said was not taken in: it goes on from there.
            _next = saying.Sequence = _hostAcknowledged;
        }
    }

    private struct Saying
    {
        public TcpFlags Flags;
        public uint Sequence;
        public uint Acknowledgment;
        public int PayloadBytes;
        public byte[] Sacks;
    }

    private static uint? TimestampOf(ReadOnlySpan<byte> options)
    {
        int at = options.IndexOf((ReadOnlySpan<byte>)[8, 10]);
        return at >= 0 && options.Length >= at + 10 ? BinaryPrimitives.ReadUInt32BigEndian(options[(at + 2)..]) : null;
    }

    private static byte[] Payload(uint sequence, TcpFlags flags, int lengthBytes)
    {
        uint first = unchecked(sequence + ((flags & Syn) != 0 ? 1u : 0));
        byte[] payload = new byte[lengthBytes];
        for (int i = 0; i < lengthBytes; i++)
        {
            payload[i] = PayloadAt(unchecked(first + (uint)i));
        }

        return payload;
    }

    private uint Between(uint low, uint high)
    {
        int distance = unchecked((int)(high - low));
        return distance is > 0 and < 1_000_000 ? unchecked(low + (uint)entropy.Next(distance + 1)) : high;
    }

    private void Bend(ref TcpFlags flags, ref uint sequence, ref uint acknowledgment, ref int payloadBytes)
    {
        switch (entropy.Next(6))
        {
            case 0:
                sequence = Near(sequence);
                break;
            case 1:
                acknowledgment = Near(acknowledgment);
                break;
            case 2:
                flags ^= (TcpFlags)(1 << entropy.Next(8));
                break;
            case 3:
                flags = (TcpFlags)entropy.Next(256);
                break;
            case 4:
                payloadBytes = entropy.Next(1448);
                break;
            default:
                sequence = Near(sequence);
                acknowledgment = Near(acknowledgment);
                break;
        }
    }

    private uint Near(uint number) => entropy.Next(8) switch
    {
        0 => entropy.NextUInt32(),
        1 => unchecked(number + 0x8000_0000u + (uint)(entropy.Next(5) - 2)),
        2 or 3 => unchecked(number + (uint)(entropy.Next(100_000) - 50_000)),
        4 or 5 => unchecked(number + (uint)(entropy.Next(4000) - 2000)),
        _ => unchecked(number + (uint)(entropy.Next(5) - 2)),
    };

    private int Window()
    {
        _window = entropy.Next(80) switch
        {
            0 => 0,
            1 => entropy.Next(3),
            2 => entropy.Next(3000),
            3 => ushort.MaxValue,
            < 12 => 30_000 >> Math.Min(_windowScale, 8),
            _ => _window,
        };
        return _window;
    }

    private byte[] SackBlocks()
    {
        int count = entropy.Next(4);
        byte[] blocks = new byte[count == 0 ? 0 : 2 + (8 * count)];
        if (count > 0)
        {
            blocks[0] = 5;
            blocks[1] = (byte)blocks.Length;
        }

        for (int i = 0; i < count; i++)
        {
            uint start = entropy.Next(12) == 0 ? Near(_hostNext) : Between(_acknowledged, _hostNext);
            uint end = entropy.Next(12) == 0 ? Near(start) : Between(start, _hostNext);
            BinaryPrimitives.WriteUInt32BigEndian(blocks.AsSpan(2 + (8 * i)), start);
            BinaryPrimitives.WriteUInt32BigEndian(blocks.AsSpan(6 + (8 * i)), end);
        }

        return blocks;
    }

    private byte[] Options(TcpFlags flags, byte[] sacks, long milliseconds, bool isBent)
    {
        if (isBent && entropy.Next(6) == 0)
        {
            byte[] noise = new byte[entropy.Next(41)];
            entropy.Fill(noise);
            return noise;
        }

        bool isSyn = (flags & Syn) != 0;
        List<byte> options = [];
        if (isSyn)
        {
            if (entropy.Next(8) > 0)
            {
                options.AddRange(MachineStates.Mss(entropy.Next(4) == 0 ? entropy.Next(1500) : 1460));
            }

            if (entropy.Next(2) == 0)
            {
                options.AddRange([4, 2]);
            }

            _windowScale = entropy.Next(2) == 0 ? entropy.Next(16) : 0;
            if (_windowScale > 0)
            {
                options.AddRange([1, 3, 3, (byte)_windowScale]);
            }
        }

        if (_hasTimestamps != (entropy.Next(50) == 0))
        {
            uint value = unchecked((uint)milliseconds + 77);
            options.AddRange(OptionTests.Timestamps(entropy.Next(30) == 0 ? Near(value) : value, entropy.Next(30) == 0 ? Near(_hostTimestamp) : _hostTimestamp));
        }

        if (isSyn && entropy.Next(2) == 0)
        {
            // Asks for a cookie of Fast Open, or brings it; as an answer to a SYN it gives one.
            options.AddRange([34, (byte)(_cookie.Length + 2), .. _cookie]);
        }

        AddRare(options, isSyn);
        if (options.Count + sacks.Length <= 40)
        {
            options.AddRange(sacks);
        }

        return options.Count <= 40 ? [.. options] : [];
    }

    /// <summary>A Fast Open cookie that is none, an accurate ECN option, a user time-out, an option that nobody knows.</summary>
    private void AddRare(List<byte> options, bool isSyn)
    {
        byte kind = entropy.Next(40) switch
        {
            0 when isSyn => 34,
            1 => 172,
            2 => 174,
            3 => 253,
            4 => 28,
            _ => 0,
        };
        if (kind != 0)
        {
            byte[] value = new byte[kind == 28 ? 2 : entropy.Next(12)];
            entropy.Fill(value);
            options.AddRange([kind, (byte)(value.Length + 2), .. value]);
        }
    }

    /// <summary>The ECN field of the IP header.</summary>
    private void MarkCongestion(byte[] packet)
    {
        if (entropy.Next(3) == 0)
        {
            packet[1] = (byte)entropy.Next(4);
            packet[10] = packet[11] = 0;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), InternetChecksum.Compute(packet.AsSpan(0, 20)));
        }
    }
}
