using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>The ways into each state.</summary>
internal static class MachineStates
{
    /// <summary>The options of a peer's SYN with a maximum segment size.</summary>
    public static byte[] Mss(int bytes) => [2, 4, (byte)(bytes >> 8), (byte)bytes];

    public static Machine Listen(this Machine machine, int backlog = 16)
    {
        machine.Listener = machine.Tcp.Listen(
            new IpEndPoint(IpAddress.AnyV4, ListenPort), backlog, machine.Options, out TcpError error);
        Assert.Equal(TcpError.None, error);
        return machine;
    }

    public static Machine Open(this Machine machine)
    {
        machine.Peer = new IpEndPoint(PeerAddress, 7000);
        machine.Connection = machine.Tcp.Connect(null, machine.Peer, machine.Options, machine.Now, out TcpError error)!;
        Assert.Equal(TcpError.None, error);
        machine.Ours = machine.Connection.LocalEndPoint;
        machine.Turn();
        return machine;
    }

    /// <summary>The SYN of an active open is out.</summary>
    public static Machine SynSent(this Machine machine)
    {
        machine.Open();
        SentSegment syn = machine.Take();
        Assert.Equal(Syn, syn.Flags);
        machine.InitialSequence = syn.Sequence;
        return machine;
    }

    /// <summary>The peer's SYN is answered.</summary>
    public static Machine SynReceived(this Machine machine, byte[]? options = null, int window = PeerWindow)
    {
        if (machine.Listener is null)
        {
            machine.Listen();
        }

        machine.Receive(Syn, 0, 0, window: window, options: options ?? Mss(1000));
        SentSegment answer = machine.Take();
        Assert.Equal(Syn | Ack, answer.Flags);
        machine.InitialSequence = answer.Sequence;
        machine.PeerNext = 1;
        List<TcpConnection> all = [];
        machine.Tcp.CopyConnections(all);
        machine.Connection = all.Single(connection => connection.RemoteEndPoint == machine.Peer);
        return machine;
    }

    /// <summary>A connection that the peer has opened, accepted.</summary>
    public static Machine Established(this Machine machine, byte[]? options = null, int window = PeerWindow)
    {
        machine.SynReceived(options, window);

        // Who offers timestamps sends them ever after; they stand last among the options.
        byte[]? timestamps = options is { Length: >= 16 } && options[^10] == 8 ? options[^12..] : null;
        machine.Receive(Ack, 1, 1, window: window, options: timestamps);
        Assert.Same(machine.Connection, machine.Listener!.TryAccept());
        Assert.Equal(TcpState.Established, machine.Connection.State);
        return machine;
    }

    /// <summary>A connection that we have opened.</summary>
    public static Machine Connected(this Machine machine, byte[]? options = null, int window = PeerWindow)
    {
        machine.SynSent();
        machine.Receive(Syn | Ack, 0, 1, options: options ?? Mss(1000), window: window);
        machine.Expect(Ack, 1, 1);
        machine.PeerNext = 1;
        return machine;
    }

    public static Machine Reach(this Machine machine, TcpState state)
    {
        switch (state)
        {
            case TcpState.Listen:
                machine.Listen();
                return machine;
            case TcpState.SynSent:
                return machine.SynSent();
            case TcpState.SynReceived:
                return machine.SynReceived();
            case TcpState.Established:
                return machine.Established();
            case TcpState.FinWait1:
                machine.Established().Connection.Shutdown(machine.Now);
                machine.Turn();
                machine.Expect(Fin | Ack, 1, 1);
                break;
            case TcpState.FinWait2:
                machine.Reach(TcpState.FinWait1).Receive(Ack, 1, 2);
                break;
            case TcpState.CloseWait:
                machine.Established().Receive(Fin | Ack, 1, 1);
                machine.Expect(Ack, 1, 2);
                machine.PeerNext = 2;
                break;
            case TcpState.Closing:
                machine.Reach(TcpState.FinWait1).Receive(Fin | Ack, 1, 1);
                machine.Expect(Ack, 2, 2);
                machine.PeerNext = 2;
                break;
            case TcpState.LastAck:
                machine.Reach(TcpState.CloseWait).Connection.Shutdown(machine.Now);
                machine.Turn();
                machine.Expect(Fin | Ack, 1, 2);
                break;
            case TcpState.TimeWait:
                machine.Reach(TcpState.FinWait2).Receive(Fin | Ack, 1, 2);
                machine.Expect(Ack, 2, 2);
                machine.PeerNext = 2;
                break;
        }

        Assert.Equal(state, machine.Connection.State);
        machine.ExpectNothing();
        return machine;
    }

    /// <summary>Our next sequence number in the states that <see cref="Reach"/> leads to.</summary>
    public static int OurNext(this Machine machine) =>
        machine.Connection.State is TcpState.FinWait1 or TcpState.FinWait2 or TcpState.Closing or TcpState.LastAck or TcpState.TimeWait ? 2 : 1;
}
