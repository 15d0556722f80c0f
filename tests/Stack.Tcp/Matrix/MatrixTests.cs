using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>
/// Every kind of segment in every synchronized state, left of the window, at its left edge, inside, at its right edge and
/// right of it. What is expected is worked out from the text of the RFCs, not from the code.
/// </summary>
public class MatrixTests
{
    /// <summary>What the SYN,ACK offered. The buffer has room for more, but no later segment said so before the one under test.</summary>
    private const int OfferedBytes = 65_535;

    private static readonly TcpState[] _states =
    [
        TcpState.Established, TcpState.FinWait1, TcpState.FinWait2, TcpState.CloseWait, TcpState.Closing, TcpState.LastAck, TcpState.TimeWait,
    ];

    private static readonly TcpFlags[] _kinds = [Rst, Rst | Ack, Syn, Syn | Ack, Syn | Fin, Ack, Fin, Fin | Ack, Psh | Ack];

    public static TheoryData<TcpState, TcpFlags> Cells
    {
        get
        {
            TheoryData<TcpState, TcpFlags> cells = [];
            foreach (TcpState state in _states)
            {
                foreach (TcpFlags kind in _kinds)
                {
                    cells.Add(state, kind);
                }
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    [Trait("RFC", "9293 §3.10.7.4, 5961 §3, §4, §5, 1337")]
    public void Every_segment_in_every_state_gets_the_answer_of_the_RFC(TcpState state, TcpFlags kind)
    {
        for (int position = 0; position < 5; position++)
        {
            Machine machine = new Machine().Reach(state);
            machine.Listener!.Close(machine.Now);
            int ours = machine.OurNext();
            int theirs = machine.PeerNext;
            int windowBytes = OfferedBytes - (theirs - 1);
            int offset = position switch { 0 => -20, 1 => 0, 2 => 100, 3 => windowBytes - 1, _ => windowBytes + 20 };
            int payloadBytes = kind == (Psh | Ack) ? 10 : 0;

            machine.Receive(kind, theirs + offset, ours, payloadBytes);

            (bool isAnswered, int consumed, TcpState next) = Expected(state, kind, offset, offset >= 0 && offset < windowBytes, payloadBytes);
            if (isAnswered)
            {
                machine.Expect(Ack, ours, theirs + consumed);
            }

            machine.ExpectNothing();
            Assert.Equal((offset, next), (offset, machine.Connection.State));
            if (next is TcpState.Closed)
            {
                Assert.Equal(0, machine.Tcp.ConnectionCount + machine.Tcp.TimeWaitCount);
            }
        }
    }

    /// <summary>Whether an acknowledgment is sent, by how much it moves, and the state that follows.</summary>
    private static (bool IsAnswered, int Consumed, TcpState Next) Expected(
        TcpState state, TcpFlags kind, int offset, bool isInside, int payloadBytes)
    {
        bool isReset = (kind & Rst) != 0;
        if (state == TcpState.TimeWait)
        {
            // Resets are ignored by RFC 1337. No SYN opens a new connection, as nobody listens any more.
            bool isSilent = isReset || (kind == Ack && offset == 0);
            return (!isSilent, 0, state);
        }

        if (!isInside)
        {
            // First step: "If an incoming segment is not acceptable, an acknowledgment should be sent in reply (unless the
            // RST bit is set, if so drop the segment and return)".
            return (!isReset, 0, state);
        }

        if (isReset)
        {
            return offset == 0 ? (false, 0, TcpState.Closed) : (true, 0, state);
        }

        if ((kind & Syn) != 0)
        {
            return (true, 0, state);
        }

        if ((kind & Ack) == 0)
        {
            return (false, 0, state);
        }

        // Fifth step: the acknowledgment covers our FIN where one was sent.
        TcpState acknowledged = state switch
        {
            TcpState.FinWait1 => TcpState.FinWait2,
            TcpState.Closing => TcpState.TimeWait,
            TcpState.LastAck => TcpState.Closed,
            _ => state,
        };
        bool mayCarryText = acknowledged is TcpState.Established or TcpState.FinWait2;
        if (kind == Ack || !mayCarryText)
        {
            return (false, 0, acknowledged);
        }

        // Seventh and eighth: out of order it is held and answered; in order it is taken in.
        if (offset != 0)
        {
            return (true, 0, acknowledged);
        }

        bool isFin = (kind & Fin) != 0;
        TcpState next = !isFin ? acknowledged : acknowledged == TcpState.Established ? TcpState.CloseWait : TcpState.TimeWait;
        return (true, payloadBytes + (isFin ? 1 : 0), next);
    }
}
