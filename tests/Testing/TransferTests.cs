using System.Security.Cryptography;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Testing.Tests;

public class TransferTests
{
    private static readonly LinkConditions Bad = new()
    {
        Latency = Duration.FromMilliseconds(5),
        Jitter = Duration.FromMilliseconds(3),
        Loss = 0.03,
        Duplication = 0.02,
        Reordering = 0.05,
        Corruption = 0.01,
        RateBitsPerSecond = 20_000_000,
        QueueFrames = 50,
    };

    [Fact]
    public void A_perfect_link_needs_no_retransmission()
    {
        TransferResult result = Transfer.Run(1, 1_000_000, new LinkConditions { Latency = Duration.FromMilliseconds(1) });

        Assert.Equal(0, result.Retransmissions);
        Assert.Equal(0, result.Timeouts);
        Assert.Equal(result.Forward.Offered, result.Forward.Arrived);
    }

    [Fact]
    public void A_transfer_without_a_byte_is_one_too()
    {
        Assert.Equal(0, Transfer.Run(2, 0, LinkConditions.Perfect).Bytes);
    }

    [Fact]
    public void A_rate_is_used_nearly_whole_and_never_exceeded()
    {
        const long Rate = 10_000_000;
        TransferResult result = Transfer.Run(3, 5_000_000, new LinkConditions { RateBitsPerSecond = Rate, Latency = Duration.FromMilliseconds(5) });

        Assert.InRange(result.GoodputBitsPerSecond, Rate * 9 / 10, Rate);
    }

    [Fact]
    public void One_seed_gives_one_list_of_frames_to_the_bit()
    {
        string first = HashOfFrames(4, out TransferResult once);
        string second = HashOfFrames(4, out TransferResult again);
        string other = HashOfFrames(5, out _);

        Assert.Equal(first, second);
        Assert.Equal(once.Duration, again.Duration);
        Assert.True(once.Retransmissions > 0);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void A_recording_changes_nothing()
    {
        HashOfFrames(6, out TransferResult recorded);
        TransferResult plain = Transfer.Run(6, 300_000, Bad);

        Assert.Equal(recorded.Duration, plain.Duration);
        Assert.Equal(recorded.Forward.ToString(), plain.Forward.ToString());
    }

    [Fact]
    public void A_medium_without_link_addresses_carries_it_as_well()
    {
        Transfer.Run(7, 300_000, Bad, new TransferOptions { Ends = new LinkEndOptions { Medium = DeviceMedium.Ip }, BackBytes = 100_000 });
        TransferResult result = Transfer.Run(7, 300_000, LinkConditions.Perfect, new TransferOptions { Ends = new LinkEndOptions { Medium = DeviceMedium.Ip } });

        Assert.Equal(0, result.Retransmissions);
    }

    [Fact]
    public void Devices_that_fill_in_checksums_carry_it_as_well()
    {
        TransferOptions options = new() { Ends = new LinkEndOptions { Offloads = DeviceOffloads.TransmitChecksumV4 }, BackBytes = 100_000 };
        Transfer.Run(9, 300_000, Bad, options);
        TransferResult result = Transfer.Run(9, 300_000, LinkConditions.Perfect, options);

        Assert.Equal(0, result.Retransmissions);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100)]
    public void A_device_that_refuses_what_it_has_no_room_for_loses_nothing(int queueFrames)
    {
        TransferOptions options = new() { Ends = new LinkEndOptions { RefusesWhenFull = true }, BackBytes = 2_000_000 };
        LinkConditions slow = new() { Latency = Duration.FromMilliseconds(2), RateBitsPerSecond = 10_000_000, QueueFrames = queueFrames };
        TransferResult result = Transfer.Run(10, 2_000_000, slow, options);

        Assert.Equal(0, result.Forward.QueueFull);
        Assert.Equal(0, result.Retransmissions);
        Assert.InRange(result.GoodputBitsPerSecond, 8_000_000, 10_000_000);
    }

    [Fact]
    public void A_transfer_that_cannot_end_is_reported_as_stuck()
    {
        ScenarioFailedException failure = Assert.Throws<ScenarioFailedException>(
            () => Transfer.Run(8, 10_000_000, Bad, new TransferOptions { Limit = Duration.FromMilliseconds(500) }));

        Assert.Contains("stuck", failure.Message, StringComparison.Ordinal);
        File.Delete(CaptureFolder.PathOf("transfer", 8));
    }

    private static string HashOfFrames(ulong seed, out TransferResult result)
    {
        using MemoryStream stream = new();
        using (CaptureSink sink = new(stream, leaveOpen: true))
        {
            result = Transfer.Play(new Simulation(seed, sink), 300_000, Bad, new TransferOptions());
        }

        return Convert.ToHexString(SHA256.HashData(stream.ToArray()));
    }
}
