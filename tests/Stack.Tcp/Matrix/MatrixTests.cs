using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>
/// Every kind of segment in every state, left of the window, at its left edge, inside, at its right edge and right of it,
/// with acknowledgments from far in the past to what was never sent. What is expected comes from
/// <see cref="ReferenceMachine"/>, which is written from the text of the RFCs, not from the code.
/// </summary>
public class MatrixTests
{
    private static readonly (string Name, TcpFlags Flags, int PayloadBytes)[] _kinds =
    [
        ("RST", Rst, 0),
        ("RST+data", Rst, 10),
        ("RST+ACK", Rst | Ack, 0),
        ("SYN", Syn, 0),
        ("SYN+ACK", Syn | Ack, 0),
        ("SYN+FIN", Syn | Fin, 0),
        ("SYN+RST", Syn | Rst, 0),
        ("ACK", Ack, 0),
        ("FIN", Fin, 0),
        ("FIN+ACK", Fin | Ack, 0),
        ("data", Psh | Ack, 10),
        ("data without ACK", Psh, 10),
        ("data+FIN", Psh | Fin | Ack, 10),
    ];

    public static TheoryData<MatrixState, string> Cells => CellsFrom(MatrixState.Closed);

    public static TheoryData<MatrixState, string> SynchronizedCells => CellsFrom(MatrixState.Established);

    [Theory]
    [MemberData(nameof(Cells))]
    [Trait("RFC", "9293 §3.10.7, 5961 §3, §4, §5, 1337")]
    public void Every_segment_in_every_state_gets_the_answer_of_the_RFC(MatrixState state, string kind) =>
        Check(kind, () => MatrixCell.Reach(state));

    [Theory]
    [MemberData(nameof(SynchronizedCells))]
    [Trait("RFC", "9293 §3.10.7.4, 5961 §5.2")]
    public void The_same_with_data_of_ours_on_its_way(MatrixState state, string kind) =>
        Check(kind, () => MatrixCell.Reach(state, hasDataInFlight: true));

    [Theory]
    [MemberData(nameof(SynchronizedCells))]
    [Trait("RFC", "9293 §3.4, §3.10.7.4")]
    public void The_same_while_our_window_is_closed(MatrixState state, string kind) =>
        Check(kind, () => MatrixCell.Reach(state, isWindowClosed: true));

    private static TheoryData<MatrixState, string> CellsFrom(MatrixState first)
    {
        TheoryData<MatrixState, string> cells = [];
        foreach (MatrixState state in Enum.GetValues<MatrixState>().Where(state => state >= first))
        {
            foreach ((string name, _, _) in _kinds)
            {
                cells.Add(state, name);
            }
        }

        return cells;
    }

    private static void Check(string kind, Func<MatrixCell> reach)
    {
        (_, TcpFlags flags, int payloadBytes) = _kinds.Single(each => each.Name == kind);
        MatrixCell first = reach();
        int window = first.ReceiveWindow;
        int[] offsets = window == 0 ? [-20, -1, 0, 1, 20] : [-20, -10, -5, -1, 0, 1, 100, window - 5, window - 1, window, window + 20];
        int[] acknowledgments = (flags & Ack) == 0
            ? [0]
            : [
                first.SendUnacknowledged - first.LargestSendWindow - 1,
                first.SendUnacknowledged - first.LargestSendWindow,
                first.SendUnacknowledged - 1,
                first.SendUnacknowledged,
                (first.SendUnacknowledged + first.SendNext) / 2,
                first.SendNext,
                first.SendNext + 1,
                first.SendNext + 1_000_000,
            ];
        List<string> differences = [];
        foreach (int offset in offsets.Distinct())
        {
            foreach (int acknowledgment in acknowledgments.Distinct())
            {
                MatrixCell cell = reach();
                if (cell.Compare(flags, cell.ReceiveNext + offset, acknowledgment, payloadBytes) is { } difference)
                {
                    differences.Add($"at RCV.NXT{offset:+0;-0;+0} acknowledging {acknowledgment} (SND.UNA {first.SendUnacknowledged}, SND.NXT {first.SendNext}): {difference}");
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }
}
