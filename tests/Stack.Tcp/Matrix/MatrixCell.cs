using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>A machine in one state of the matrix, and the reference that is in the same state.</summary>
internal sealed class MatrixCell
{
    private const int SentBytes = 10;

    private readonly Machine _machine;
    private readonly ReferenceMachine _reference;

    private MatrixCell(Machine machine, ReferenceMachine reference)
    {
        _machine = machine;
        _reference = reference;
    }

    public int ReceiveNext => _reference.ReceiveNext;

    public int ReceiveWindow => _reference.ReceiveWindow;

    public int SendUnacknowledged => _reference.SendUnacknowledged;

    public int SendNext => _reference.SendNext;

    public int LargestSendWindow => _reference.LargestSendWindow;

    /// <summary>Brings a machine into the state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="hasDataInFlight">Whether ten bytes of ours are on their way, before the FIN where there is one.</param>
    /// <param name="isWindowClosed">Whether our window is closed.</param>
    public static MatrixCell Reach(MatrixState state, bool hasDataInFlight = false, bool isWindowClosed = false)
    {
        TcpConnectionOptions options = Plain with { AcknowledgmentDelay = Duration.Zero };
        Machine machine = new(isWindowClosed ? options with { ReceiveBufferBytes = 4000 } : options, poolBlocks: 64);
        switch (state)
        {
            case MatrixState.Closed:
                machine.Turn();
                return new MatrixCell(machine, Variables(TcpState.Closed));
            case MatrixState.Listen:
                machine.Listen();
                return new MatrixCell(machine, Variables(TcpState.Listen));
            case MatrixState.SynSent:
                machine.SynSent();
                return new MatrixCell(machine, Variables(TcpState.SynSent, sendNext: 1));
            case MatrixState.SynReceivedFromListen:
                machine.SynReceived();
                return new MatrixCell(machine, Variables(TcpState.SynReceived, sendNext: 1, receiveNext: 1, machine.OfferedBytes));
            case MatrixState.SynReceivedFromSynSent:
                machine.SynSent().Receive(Syn, 0, 0, options: MachineStates.Mss(1000));
                machine.Expect(Syn | Ack, 0, 1);
                return new MatrixCell(
                    machine, Variables(TcpState.SynReceived, sendNext: 1, receiveNext: 1, machine.OfferedBytes, isPassive: false));
            default:
                return Synchronized(machine, state, hasDataInFlight, isWindowClosed);
        }
    }

    /// <summary>Gives a segment to both and compares what they make of it.</summary>
    /// <returns>What differs; null where nothing does.</returns>
    public string? Compare(TcpFlags flags, int sequence, int acknowledgment, int payloadBytes)
    {
        Reply expected = _reference.SegmentArrives(flags, sequence, acknowledgment, payloadBytes);
        _machine.Receive(flags, sequence, acknowledgment, payloadBytes, options: (flags & Syn) != 0 ? MachineStates.Mss(1000) : null);
        List<Reply> replies = TakeReplies((expected.Flags & Syn) != 0);
        Reply[] expectedReplies = expected == Reply.None ? [] : [expected];
        TcpState state = StateOf();
        if (!replies.SequenceEqual(expectedReplies) || state != _reference.State)
        {
            return $"expected {Text(expectedReplies)} and {_reference.State}, got {Text(replies)} and {state}";
        }

        return Probe(state);
    }

    private static MatrixCell Synchronized(Machine machine, MatrixState state, bool hasDataInFlight, bool isWindowClosed)
    {
        machine.Established();
        if (isWindowClosed)
        {
            CloseWindow(machine);
        }

        bool isPeerFinished = state is MatrixState.CloseWait or MatrixState.LastAck;
        if (isPeerFinished)
        {
            PeerFinishes(machine, 1);
        }

        int sent = 1;
        if (hasDataInFlight)
        {
            machine.Append(SentBytes);
            sent += SentBytes;
        }

        bool isFinished = state is not (MatrixState.Established or MatrixState.CloseWait);
        if (isFinished)
        {
            machine.Connection.Shutdown(machine.Now);
            sent++;
        }

        machine.Turn();
        while (machine.Wire.FromHost.Count > 0)
        {
            machine.Take();
        }

        bool isAcknowledged = state is MatrixState.FinWait2 or MatrixState.TimeWait or MatrixState.TimeWaitWithListener;
        if (isAcknowledged)
        {
            machine.Receive(Ack, machine.PeerNext, sent);
        }

        if (state is MatrixState.Closing or MatrixState.TimeWait or MatrixState.TimeWaitWithListener)
        {
            PeerFinishes(machine, isAcknowledged ? sent : 1);
        }

        if (state != MatrixState.TimeWaitWithListener)
        {
            machine.Listener!.Close(machine.Now);
        }

        return new MatrixCell(
            machine,
            new ReferenceMachine
            {
                State = machine.Connection.State,
                IsListening = state == MatrixState.TimeWaitWithListener,
                SendUnacknowledged = isAcknowledged ? sent : 1,
                SendNext = sent,
                LargestSendWindow = PeerWindow,
                ReceiveNext = machine.PeerNext,
                ReceiveWindow = machine.OfferedBytes - (machine.PeerNext - 1),
            });
    }

    private static void CloseWindow(Machine machine)
    {
        while (machine.PeerNext < 4001)
        {
            machine.Receive(Ack, machine.PeerNext, 1, 1000);
            machine.PeerNext += 1000;
            machine.Take();
        }

        machine.OfferedBytes = 4000;
    }

    private static void PeerFinishes(Machine machine, int acknowledgment)
    {
        machine.Receive(Fin | Ack, machine.PeerNext, acknowledgment);
        machine.PeerNext++;
        machine.Take();
        machine.ExpectNothing();
    }

    private static ReferenceMachine Variables(
        TcpState state, int sendNext = 0, int receiveNext = 0, int receiveWindow = 0, bool isPassive = true) => new()
        {
            State = state,
            IsPassive = isPassive,
            SendUnacknowledged = 0,
            SendNext = sendNext,
            LargestSendWindow = PeerWindow,
            ReceiveNext = receiveNext,
            ReceiveWindow = receiveWindow,
        };

    private static string Text(IEnumerable<Reply> replies) =>
        string.Join(", ", replies.Select(reply => $"<{reply.Flags} seq {reply.Sequence} ack {reply.Acknowledgment}>").DefaultIfEmpty("nothing"));

    /// <summary>Shows the variables that are left: a segment far before the window tells SND.NXT and RCV.NXT.</summary>
    private string? Probe(TcpState state)
    {
        if (state is TcpState.Closed or TcpState.Listen or TcpState.SynSent or TcpState.SynReceived)
        {
            return null;
        }

        _machine.Receive(Psh | Ack, _reference.ReceiveNext - 500, _reference.SendUnacknowledged, 1);
        Reply expected = new(Ack, _reference.SendNext, _reference.ReceiveNext);
        List<Reply> replies = TakeReplies(isOpening: false);
        return replies is [Reply only] && only == expected ? null : $"afterwards expected {Text([expected])}, got {Text(replies)}";
    }

    private List<Reply> TakeReplies(bool isOpening)
    {
        List<Reply> replies = [];
        while (_machine.Wire.FromHost.Count > 0)
        {
            SentSegment sent = _machine.Take();
            if (isOpening && (sent.Flags & Syn) != 0)
            {
                // A new connection starts from a sequence number of its own.
                _machine.InitialSequence = sent.Sequence;
            }

            bool isAcknowledgment = (sent.Flags & Ack) != 0;
            replies.Add(new Reply(
                sent.Flags,
                sent is { Flags: Rst | Ack, Sequence: 0 } ? 0 : unchecked((int)(sent.Sequence - _machine.InitialSequence)),
                isAcknowledgment ? unchecked((int)(sent.Acknowledgment - PeerInitialSequence)) : 0));
        }

        return replies;
    }

    /// <summary>The state between these ends, of whichever connection is there now.</summary>
    private TcpState StateOf()
    {
        List<TcpConnection> all = [];
        _machine.Tcp.CopyConnections(all);
        if (all.SingleOrDefault(connection => connection.RemoteEndPoint == _machine.Peer) is { } connection)
        {
            return connection.State;
        }

        return _machine.Tcp.TimeWaitCount > 0 ? TcpState.TimeWait : _machine.Tcp.ListenEndpoints.Count > 0 ? TcpState.Listen : TcpState.Closed;
    }
}
