using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class SackTests
{
    private static readonly TcpConnectionOptions _sack = Plain with { SelectiveAcknowledgments = true };

    [Fact]
    [Trait("RFC", "2018 §2")]
    public void SACK_permitted_is_offered_on_a_SYN()
    {
        Machine machine = new Machine(_sack).Open();

        Assert.Equal([2, 4, 1460 >> 8, 1460 & 255, 1, 1, 4, 2], machine.Take().Options);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [Trait("RFC", "2018 §2")]
    public void A_SYN_ACK_permits_SACK_where_both_sides_want_it(bool isOffered, bool isWanted)
    {
        Machine machine = new Machine(_sack with { SelectiveAcknowledgments = isWanted }).Listen();

        machine.Receive(Syn, 0, 0, options: isOffered ? [.. MachineStates.Mss(1000), 1, 1, 4, 2] : MachineStates.Mss(1000));

        byte[] options = machine.Take().Options;
        Assert.Equal(isOffered && isWanted ? [1, 1, 4, 2] : [], options[4..]);
    }
}
