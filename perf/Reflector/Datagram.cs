using System.Runtime.InteropServices;
using NetStack.Ethernet;

namespace NetStack.Reflector;

/// <summary>A UDP datagram over IPv4 in an Ethernet frame.</summary>
internal static class Datagram
{
    private const int StationBytes = 6;
    private const int SourceAddressOffset = EthernetHeader.LengthBytes + 12;
    private const int SourcePortOffset = EthernetHeader.LengthBytes + 20;
    private const int EndOfPorts = SourcePortOffset + (2 * sizeof(ushort));

    /// <summary>Swaps stations, addresses and ports. No checksum changes by that. What is shorter stays as it is.</summary>
    public static void TurnRound(Span<byte> frame)
    {
        if (frame.Length < EndOfPorts)
        {
            return;
        }

        Span<byte> station = stackalloc byte[StationBytes];
        frame[..StationBytes].CopyTo(station);
        frame.Slice(StationBytes, StationBytes).CopyTo(frame);
        station.CopyTo(frame[StationBytes..]);

        Span<uint> addresses = MemoryMarshal.Cast<byte, uint>(frame.Slice(SourceAddressOffset, 2 * sizeof(uint)));
        (addresses[0], addresses[1]) = (addresses[1], addresses[0]);
        Span<ushort> ports = MemoryMarshal.Cast<byte, ushort>(frame[SourcePortOffset..EndOfPorts]);
        (ports[0], ports[1]) = (ports[1], ports[0]);
    }
}
