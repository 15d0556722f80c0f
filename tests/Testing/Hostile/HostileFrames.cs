using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Testing.Tests.Hostile;

/// <summary>Makes the frames of the attack, from a seed.</summary>
internal sealed class HostileFrames(SeededEntropy entropy, HostileTarget target)
{
    private const int LinkBytes = EthernetHeader.LengthBytes;
    private const int IpBytes = 20;

    private readonly byte[] _frame = new byte[1514];

    public long Injected { get; private set; }

    public void InjectOne()
    {
        int length = entropy.Next(16) switch
        {
            0 => Random(),
            1 => Arp(),
            2 => Icmp(),
            3 => Udp(),
            4 => Fragment(),
            < 9 => Answer(),
            _ => Segment((ushort)(1024 + entropy.Next(256)), entropy.NextUInt32(), entropy.NextUInt32(), (byte)entropy.NextUInt32()),
        };

        // Half of the frames are damaged after their checksums were made.
        if (entropy.Next(2) == 0)
        {
            for (int changes = entropy.Next(4); changes > 0; changes--)
            {
                _frame[entropy.Next(length)] = (byte)entropy.NextUInt32();
            }

            if (entropy.Next(8) == 0)
            {
                length = 1 + entropy.Next(length);
            }
        }

        target.Inject(_frame.AsSpan(0, length));
        Injected++;
    }

    private int Random()
    {
        int length = 1 + entropy.Next(200);
        entropy.Fill(_frame.AsSpan(0, length));
        if (entropy.Next(2) == 0 && length >= LinkBytes)
        {
            WriteLink(entropy.Next(3) switch { 0 => EtherType.Arp, 1 => EtherType.IPv6, _ => EtherType.IPv4 });
        }

        return length;
    }

    private int Arp()
    {
        WriteLink(EtherType.Arp);
        Span<byte> arp = _frame.AsSpan(LinkBytes, 28);
        new byte[] { 0, 1, 8, 0, 6, 4, 0, (byte)(1 + entropy.Next(2)) }.CopyTo(arp);
        target.AttackerAddress.Write(arp[8..]);
        (entropy.Next(8) == 0 ? new IpAddress(entropy.NextUInt32()) : HostileTarget.Attacker).Write(arp[14..]);
        target.Address.Write(arp[18..]);
        (entropy.Next(8) == 0 ? new IpAddress(entropy.NextUInt32()) : HostileTarget.Local).Write(arp[24..]);
        return LinkBytes + 28;
    }

    private int Icmp()
    {
        int payload = entropy.Next(100);
        Span<byte> icmp = _frame.AsSpan(LinkBytes + IpBytes, 8 + payload);
        entropy.Fill(icmp);
        icmp[0] = (byte)(entropy.Next(3) switch { 0 => 8, 1 => 3, _ => entropy.Next(20) });
        icmp[1] = (byte)entropy.Next(6);
        icmp[2..4].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], InternetChecksum.Compute(icmp));
        return WriteIp(IpProtocol.Icmp, icmp.Length, 0);
    }

    private int Udp()
    {
        int payload = entropy.Next(300);
        Span<byte> udp = _frame.AsSpan(LinkBytes + IpBytes, 8 + payload);
        entropy.Fill(udp);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], entropy.Next(4) == 0 ? entropy.NextUInt16() : HostileTarget.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        WriteChecksum(udp, 6, IpProtocol.Udp);
        return WriteIp(IpProtocol.Udp, udp.Length, 0);
    }

    private int Fragment()
    {
        int payload = 8 * (1 + entropy.Next(40));
        entropy.Fill(_frame.AsSpan(LinkBytes + IpBytes, payload));
        return WriteIp(entropy.Next(2) == 0 ? IpProtocol.Udp : IpProtocol.Tcp, payload, (ushort)(entropy.Next(64) | (entropy.Next(2) << 13)));
    }

    /// <summary>A segment near what the target expects, learned from one that it sent: opens connections and goes on from there.</summary>
    private int Answer()
    {
        if (!target.Seen.TryDequeue(out (ushort Port, uint Sequence, uint Acknowledgment) seen))
        {
            return Segment((ushort)(1024 + entropy.Next(2048)), entropy.NextUInt32(), 0, 2);
        }

        uint sequence = seen.Acknowledgment;
        uint acknowledgment = seen.Sequence + 1;
        byte flags = 0x10;
        switch (entropy.Next(8))
        {
            case 0:
                flags = (byte)(1 << entropy.Next(6));
                break;
            case 1:
                flags |= (byte)(1 << entropy.Next(6));
                break;
            case 2:
                sequence += (uint)entropy.Next(3000) - 1000;
                break;
            case 3:
                acknowledgment += (uint)entropy.Next(3000) - 1000;
                break;
        }

        return Segment(seen.Port, sequence, acknowledgment, flags);
    }

    private int Segment(ushort port, uint sequence, uint acknowledgment, byte flags)
    {
        int options = entropy.Next(4) == 0 ? 4 * entropy.Next(11) : 0;
        int payload = entropy.Next(3) == 0 ? entropy.Next(1000) : 0;
        Span<byte> tcp = _frame.AsSpan(LinkBytes + IpBytes, 20 + options + payload);
        entropy.Fill(tcp[20..]);
        BinaryPrimitives.WriteUInt16BigEndian(tcp, port);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], entropy.Next(64) == 0 ? entropy.NextUInt16() : HostileTarget.Port);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], acknowledgment);
        tcp[12] = (byte)((5 + (options / 4)) << 4);
        tcp[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], entropy.NextUInt16());
        BinaryPrimitives.WriteUInt16BigEndian(tcp[18..], entropy.NextUInt16());
        WriteChecksum(tcp, 16, IpProtocol.Tcp);
        return WriteIp(IpProtocol.Tcp, tcp.Length, 0);
    }

    private void WriteChecksum(Span<byte> transport, int offset, IpProtocol protocol)
    {
        transport.Slice(offset, 2).Clear();
        ulong sum = InternetChecksum.PseudoHeader(
            HostileTarget.Attacker.ValueV4, HostileTarget.Local.ValueV4, (byte)protocol, (uint)transport.Length);
        BinaryPrimitives.WriteUInt16BigEndian(transport[offset..], InternetChecksum.Compute(transport, sum));
    }

    private int WriteIp(IpProtocol protocol, int payloadBytes, ushort fragment)
    {
        WriteLink(EtherType.IPv4);
        Span<byte> ip = _frame.AsSpan(LinkBytes, IpBytes);
        ip.Clear();
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(IpBytes + payloadBytes));
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)entropy.Next(8));
        BinaryPrimitives.WriteUInt16BigEndian(ip[6..], fragment);
        ip[8] = 64;
        ip[9] = (byte)protocol;
        HostileTarget.Attacker.Write(ip[12..]);
        HostileTarget.Local.Write(ip[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Compute(ip));
        return LinkBytes + IpBytes + payloadBytes;
    }

    private void WriteLink(EtherType type) => EthernetHeader.Write(_frame, target.Address, target.AttackerAddress, type);
}
