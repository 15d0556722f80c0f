using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class UserTimeoutTests
{
    private static TcpConnectionOptions Telling { get; } = Plain with { UserTimeoutOption = true };

    /// <summary>The option with its granularity bit and number.</summary>
    private static byte[] Option(bool isMinutes, int number) => [28, 4, (byte)(number >> 8 | (isMinutes ? 0x80 : 0)), (byte)number];

    [Theory]
    [InlineData(0, false, 300)]
    [InlineData(90, false, 90)]
    [InlineData(32_767, false, 32_767)]
    [InlineData(32_768, true, 547)]
    [InlineData(100_000_000, true, 32_767)]
    [Trait("RFC", "5482 §3")]
    public void Both_kinds_of_SYN_tell_the_time_out(int seconds, bool isMinutes, int number)
    {
        TcpConnectionOptions options = Telling with { UserTimeout = Duration.FromSeconds(seconds) };

        Machine active = new Machine(options).Open();
        Assert.Equal([.. MachineStates.Mss(1460), .. Option(isMinutes, number)], active.Take().Options);
        Machine passive = new Machine(options).Listen();
        passive.Receive(Syn, 0, 0);
        Assert.Equal([.. MachineStates.Mss(1460), .. Option(isMinutes, number)], passive.Take().Options);
    }

    [Fact]
    [Trait("RFC", "5482 §3.1")]
    public void Where_it_is_off_nothing_is_told_and_nothing_heeded()
    {
        Machine machine = new Machine().Connected([.. MachineStates.Mss(1000), .. Option(false, 600)]);

        Assert.Equal(Duration.Zero, machine.Connection.UserTimeout);
    }

    [Theory]
    [InlineData(false, 5, 300)]
    [InlineData(false, 600, 600)]
    [InlineData(true, 20, 1200)]
    [InlineData(true, 1000, 3600)]
    [Trait("RFC", "5482 §3.1")]
    public void The_peers_time_out_is_taken_over_within_limits(bool isMinutes, int number, int expected)
    {
        Machine machine = new Machine(Telling).SynSent();

        machine.Receive(Syn | Ack, 0, 1, options: [.. MachineStates.Mss(1000), .. Option(isMinutes, number)]);

        Assert.Equal(Duration.FromSeconds(expected), machine.Connection.UserTimeout);
    }

    [Fact]
    [Trait("RFC", "5482 §3.1")]
    public void A_time_out_that_the_owner_has_set_stays()
    {
        Machine machine = new Machine(Telling with { UserTimeout = Duration.FromSeconds(20) }).SynSent();

        machine.Receive(Syn | Ack, 0, 1, options: [.. MachineStates.Mss(1000), .. Option(false, 600)]);

        Assert.Equal(Duration.FromSeconds(20), machine.Connection.UserTimeout);
    }

    [Fact]
    [Trait("RFC", "5482 §3.1")]
    public void The_option_counts_on_any_segment_and_zero_does_not()
    {
        Machine machine = new Machine(Telling).Connected();
        Assert.Equal(Duration.Zero, machine.Connection.UserTimeout);

        machine.Receive(Ack, 1, 1, 10, options: Option(false, 400));
        Assert.Equal(Duration.FromSeconds(400), machine.Connection.UserTimeout);
        Assert.Equal(10, machine.Read().Length);
        machine.Receive(Ack, 11, 1, options: Option(false, 0));
        Assert.Equal(Duration.FromSeconds(400), machine.Connection.UserTimeout);
    }

    [Fact]
    [Trait("RFC", "5482 §3.1")]
    public void The_time_out_taken_over_ends_a_connection_whose_peer_is_gone()
    {
        Machine machine = new Machine(Telling).SynSent();
        machine.Receive(Syn | Ack, 0, 1, options: [.. MachineStates.Mss(1000), .. Option(false, 350)]);
        machine.Send(10);

        machine.Pass(Duration.FromSeconds(349));
        Assert.Equal(TcpState.Established, machine.Connection.State);
        machine.Pass(Duration.FromSeconds(2));

        Assert.Equal(TcpError.TimedOut, machine.Connection.Error);
    }

    [Fact]
    [Trait("RFC", "5482 §3.2")]
    public void A_change_is_told_at_once()
    {
        Machine machine = new Machine(Telling).Connected();

        machine.Connection.Change(Telling with { UserTimeout = Duration.FromSeconds(250) }, machine.Now);
        machine.Turn();

        Assert.Equal(Option(false, 250), machine.Expect(Ack, 1, 1).Options);
        machine.ExpectNothing();
    }
}
