namespace NetStack.PacketScripts.Tests;

public class BlockingTests
{
    [Fact]
    public async Task A_write_that_waits_is_done_at_the_time_of_the_acknowledgment_that_makes_room()
    {
        using Script script = new("timestamps=0,window_scale=off,sack=0");
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelSocket, LinuxOption.SendBuffer, Script.Number(21_000)));
        Assert.Equal(42_000, script.Option(fd, LinuxOption.LevelSocket, LinuxOption.SendBuffer));

        Waiting<(int Result, double At)> write = new(() => (script.Table.Write(fd, new byte[61_000]), script.Now));
        script.At(100);
        script.In(". 1:1(0) ack 8001 win 50000");
        Assert.False(write.IsDone);
        script.At(200);
        script.In(". 1:1(0) ack 26001 win 50000");
        script.At(300);

        (int result, double at) = await write.Task;
        Assert.Equal(61_000, result);
        Assert.InRange(at, 199.0, 201.0);
    }
}
