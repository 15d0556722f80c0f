using NetStack.Core;

namespace NetStack.Ethernet.Tests;

public sealed class CaptureTapTests : IDisposable
{
    private const int EnhancedPacketBlock = 6;
    private const long Epoch = 1_700_000_000_000_000_000;

    private readonly PacketPool _pool = new(256);
    private readonly MemoryStream _file = new();

    [Fact]
    public void Every_frame_is_recorded_with_its_direction_and_the_wall_clock()
    {
        using DevicePair cable = new(capacityFrames: 8);
        CaptureLog log = new(_file, "test", () => Epoch);
        using CaptureTap tap = new(cable.Left, log);
        tap.Attach(_pool, () => { });
        cable.Right.Attach(_pool, () => { });
        PacketBuffer[] burst = new PacketBuffer[8];

        Assert.Equal(1, tap.Transmit([Frame(60, 1)], new Instant(1_000)));
        cable.Right.Transmit([Frame(61, 2)], default);
        Assert.Equal(1, tap.Receive(burst, new Instant(6_000)));
        log.Dispose();

        Assert.Equal(
            [(Epoch, 60, (byte)1, CaptureDirection.Outbound), (Epoch + 5_000, 61, (byte)2, CaptureDirection.Inbound)], Read(_file.ToArray()));
        Assert.Equal(2, log.Frames);
    }

    [Fact]
    public void Frames_that_the_device_did_not_take_are_not_recorded()
    {
        using DevicePair cable = new(capacityFrames: 4);
        CaptureLog log = new(_file, "test", () => Epoch);
        using CaptureTap tap = new(cable.Left, log);
        tap.Attach(_pool, () => { });
        PacketBuffer[] burst = [.. Enumerable.Range(0, 6).Select(i => Frame(60, (byte)i))];

        int taken = tap.Transmit(burst, default);
        log.Dispose();

        Assert.Equal(4, taken);
        Assert.Equal([0, 1, 2, 3], Read(_file.ToArray()).Select(frame => (int)frame.Mark));
    }

    [Fact]
    public void Bursts_and_chains_are_recorded_whole()
    {
        using DevicePair cable = new(capacityFrames: 256);
        CaptureLog log = new(_file, "test", () => Epoch);
        using CaptureTap tap = new(cable.Left, log);
        tap.Attach(_pool, () => { });
        PacketBuffer[] burst = [.. Enumerable.Range(0, 40).Select(i => Frame(9_000, (byte)i))];

        Assert.Equal(40, tap.Transmit(burst, default));
        log.Dispose();

        Assert.Equal(Enumerable.Range(0, 40), Read(_file.ToArray()).Select(frame => (int)frame.Mark));
        Assert.All(Read(_file.ToArray()), frame => Assert.Equal(9_000, frame.Length));
    }

    [Fact]
    public void What_is_recorded_reaches_the_file_with_a_later_turn()
    {
        using DevicePair cable = new();
        using CaptureLog log = new(_file, "test", () => Epoch);
        using CaptureTap tap = new(cable.Left, log);
        tap.Attach(_pool, () => { });
        PacketBuffer[] burst = new PacketBuffer[8];
        tap.Transmit([Frame(60, 1)], default);
        Assert.Equal(0, _file.Length);

        tap.Receive(burst, Instant.Origin + Duration.FromSeconds(1));

        Assert.Single(Read(_file.ToArray()));
    }

    [Fact]
    public void A_file_that_fails_ends_the_recording_and_not_the_traffic()
    {
        using DevicePair cable = new();
        using CaptureLog log = new(new FullDisk(), "test", () => Epoch);
        using CaptureTap tap = new(cable.Left, log);
        tap.Attach(_pool, () => { });
        PacketBuffer[] burst = new PacketBuffer[8];

        tap.Transmit([Frame(60, 1)], default);
        tap.Receive(burst, Instant.Origin + Duration.FromSeconds(1));

        Assert.IsType<IOException>(tap.Failure);
        Assert.Equal(1, tap.Transmit([Frame(60, 2)], default));
    }

    public void Dispose() => _file.Dispose();

    private PacketBuffer Frame(int length, byte mark)
    {
        byte[] frame = new byte[length];
        frame[0] = mark;
        return _pool.TryLeaseCopy(frame)!;
    }

    /// <summary>The enhanced packet blocks of a pcapng file, read by the field diagram of the format.</summary>
    private static List<(long Time, int Length, byte Mark, CaptureDirection Direction)> Read(byte[] file)
    {
        List<(long Time, int Length, byte Mark, CaptureDirection Direction)> frames = [];
        for (int offset = 0; offset < file.Length; offset += BitConverter.ToInt32(file, offset + 4))
        {
            if (BitConverter.ToInt32(file, offset) == EnhancedPacketBlock)
            {
                long time = ((long)BitConverter.ToUInt32(file, offset + 12) << 32) | BitConverter.ToUInt32(file, offset + 16);
                int length = BitConverter.ToInt32(file, offset + 20);
                int options = offset + 28 + ((length + 3) & ~3);
                frames.Add((time, length, file[offset + 28], (CaptureDirection)BitConverter.ToInt32(file, options + 4)));
            }
        }

        return frames;
    }

    private sealed class FullDisk : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("No space left on device");
    }
}
