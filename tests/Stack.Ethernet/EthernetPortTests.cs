using NetStack.Core;

namespace NetStack.Ethernet.Tests;

public class EthernetPortTests
{
    private static readonly MacAddress Stranger = new(0x02_00_00_00_00_77);

    private readonly PacketPool _pool = new(512);
    private readonly DevicePair _cable = new();
    private readonly EthernetPort _port;
    private readonly Recorder _ipv4;

    public EthernetPortTests()
    {
        _port = new EthernetPort(_cable.Left, _pool, () => { });
        _cable.Right.Attach(_pool, () => { });
        _ipv4 = new Recorder(_pool);
        _port.Attach(EtherType.IPv4, _ipv4);
    }

    [Fact]
    public void A_frame_for_us_reaches_the_protocol_of_its_type_without_its_header()
    {
        Inject(_port.Address, Stranger, EtherType.IPv4, [1, 2, 3]);

        Assert.Equal(1, _port.Receive(Instant.Origin));
        Assert.Equal([[1, 2, 3]], _ipv4.Packets);
        Assert.Equal(1, _pool.Counters[Counter.FramesReceived]);
        Assert.Equal(17, _pool.Counters[Counter.BytesReceived]);
        Assert.False(_ipv4.WasGroup);
    }

    [Fact]
    public void A_broadcast_is_marked_as_sent_to_a_group()
    {
        Inject(MacAddress.Broadcast, Stranger, EtherType.IPv4, [1]);

        _port.Receive(Instant.Origin);

        Assert.True(_ipv4.WasGroup);
    }

    [Theory]
    [InlineData(0x0806, DropReason.EtherTypeUnknown)]
    [InlineData(0x86DD, DropReason.Ipv6NotAttached)]
    [InlineData(0x8100, DropReason.VlanNotOurs)]
    [InlineData(0x0040, DropReason.EtherTypeUnknown)]
    public void A_type_that_nobody_speaks_is_dropped(int type, DropReason reason)
    {
        Inject(_port.Address, Stranger, (EtherType)type, [1]);

        _port.Receive(Instant.Origin);

        Assert.Equal(1, _pool.Counters[reason]);
        Assert.Equal(0, _pool.OutstandingBlocks);
    }

    [Fact]
    public void Frames_for_others_short_frames_and_group_sources_are_dropped()
    {
        Inject(Stranger, Stranger, EtherType.IPv4, [1]);
        Inject(_port.Address, MacAddress.Broadcast, EtherType.IPv4, [1]);
        InjectRaw(new byte[13]);

        Assert.Equal(3, _port.Receive(Instant.Origin));

        Assert.Equal(1, _pool.Counters[DropReason.EthernetNotForUs]);
        Assert.Equal(1, _pool.Counters[DropReason.EthernetBadSource]);
        Assert.Equal(1, _pool.Counters[DropReason.EthernetTooShort]);
        Assert.Empty(_ipv4.Packets);
    }

    [Fact]
    public void Packets_to_send_get_a_header_and_leave_in_order()
    {
        for (byte i = 0; i < 3; i++)
        {
            Assert.True(_port.Transmit(_pool.TryLeaseCopy([i])!, Stranger, EtherType.IPv4, Instant.Origin));
        }

        _port.Flush(Instant.Origin);

        byte[][] frames = TakeRight();
        Assert.Equal(3, frames.Length);
        for (byte i = 0; i < 3; i++)
        {
            Assert.True(EthernetHeader.TryParse(frames[i], out EthernetHeader header));
            Assert.Equal(Stranger, header.Destination);
            Assert.Equal(_port.Address, header.Source);
            Assert.Equal(EtherType.IPv4, header.Type);
            Assert.Equal([i], frames[i][EthernetHeader.LengthBytes..]);
        }

        Assert.Equal(3, _pool.Counters[Counter.FramesTransmitted]);
        Assert.Equal(45, _pool.Counters[Counter.BytesTransmitted]);
    }

    [Fact]
    public void What_the_device_cannot_take_waits_and_then_is_dropped_and_counted()
    {
        using DevicePair narrow = new(capacityFrames: 4);
        PacketPool pool = new(512);
        EthernetPort port = new(narrow.Left, pool, () => { });
        narrow.Right.Attach(new PacketPool(512), () => { });
        int sent = 0;
        while (port.Transmit(pool.TryLeaseCopy([1])!, Stranger, EtherType.IPv4, Instant.Origin))
        {
            sent++;
        }

        Assert.Equal(0, port.RoomFrames);
        Assert.Equal(260, sent);
        Assert.Equal(1, pool.Counters[DropReason.TransmitRingFull]);

        PacketBuffer[] burst = new PacketBuffer[64];
        Assert.Equal(4, narrow.Right.Receive(burst, Instant.Origin));
        port.Flush(Instant.Origin);
        Assert.Equal(4, port.RoomFrames);
        port.DropOutgoing();
        Assert.False(port.HasOutgoing);
    }

    [Fact]
    public void A_medium_without_link_headers_goes_by_the_version_nibble()
    {
        using DevicePair cable = new(DeviceMedium.Ip);
        EthernetPort port = new(cable.Left, _pool, () => { });
        cable.Right.Attach(_pool, () => { });
        Recorder ipv4 = new(_pool);
        port.Attach(EtherType.IPv4, ipv4);
        foreach (byte first in new byte[] { 0x45, 0x60, 0x15 })
        {
            cable.Right.Transmit([_pool.TryLeaseCopy([first])!], Instant.Origin);
        }

        Assert.Equal(3, port.Receive(Instant.Origin));

        Assert.Equal([[0x45]], ipv4.Packets);
        Assert.Equal(1, _pool.Counters[DropReason.Ipv6NotAttached]);
        Assert.Equal(1, _pool.Counters[DropReason.EtherTypeUnknown]);
    }

    private void Inject(MacAddress to, MacAddress from, EtherType type, byte[] payload)
    {
        byte[] frame = new byte[EthernetHeader.LengthBytes + payload.Length];
        EthernetHeader.Write(frame, to, from, type);
        payload.CopyTo(frame, EthernetHeader.LengthBytes);
        InjectRaw(frame);
    }

    private void InjectRaw(byte[] frame) =>
        Assert.Equal(1, _cable.Right.Transmit([_pool.TryLeaseCopy(frame)!], Instant.Origin));

    private byte[][] TakeRight()
    {
        PacketBuffer[] burst = new PacketBuffer[64];
        int count = _cable.Right.Receive(burst, Instant.Origin);
        return [.. burst.Take(count).Select(frame => frame.Span.ToArray())];
    }

    private sealed class Recorder(PacketPool pool) : INetworkProtocol
    {
        public List<byte[]> Packets { get; } = [];

        public bool WasGroup { get; private set; }

        public void Receive(PacketBuffer packet, bool isLinkGroup, Instant now)
        {
            Packets.Add(packet.Span.ToArray());
            WasGroup = isLinkGroup;
            pool.Return(packet);
        }
    }
}
