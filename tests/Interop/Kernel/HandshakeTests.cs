using System.Net;
using System.Net.Sockets;
using NetStack.Core;
using NetStack.IP;
using NetStack.Peers;
using NetStack.Tcp;

namespace NetStack.Interop.Tests;

/// <summary>SYN cookies and Fast Open with the kernel at the other end.</summary>
public sealed class HandshakeTests
{
    private const int TcpFastOpen = 23;
    private const int TcpFastOpenConnect = 30;
    private const int Bytes = 2_000_000;

    [TapFact]
    [Trait("RFC", "4987 §3.6")]
    public async Task The_kernel_connects_through_cookies_and_all_that_it_offered_is_kept()
    {
        using StackOnTap stack = await StackOnTap.StartAsync(
            new TcpOptions { SynCookies = SynCookieUse.Always }, ("tcp_ecn", "1"), ("tcp_timestamps", "1"));

        TcpConnection connection = Exchange(stack);

        Assert.True(connection.UsesEcn);
        Assert.Equal(1448, connection.SegmentBytes);

        // Our window was above what fits the field without a scale, and so was what the kernel had on its way.
        WatchedSegment answer = stack.Device.Segments.Single(segment => segment.IsSyn && segment.IsOurs);
        Assert.True(answer.Options.AsSpan().IndexOf((byte[])[3, 3, 8]) >= 0);
        Assert.True(answer.Options.AsSpan().IndexOf((byte[])[4, 2]) >= 0);
        Assert.Equal(1, stack.Host.Counters[Counter.TcpCookiesAccepted]);
        Assert.Equal(0, stack.Host.Counters[Counter.TcpResetsTransmitted]);
    }

    [TapFact]
    [Trait("RFC", "4987 §3.6")]
    public async Task The_kernel_connects_through_cookies_without_timestamps()
    {
        using StackOnTap stack = await StackOnTap.StartAsync(
            new TcpOptions { SynCookies = SynCookieUse.Always }, ("tcp_timestamps", "0"));

        TcpConnection connection = Exchange(stack);

        Assert.Equal(1460, connection.SegmentBytes);
        Assert.Equal(4, stack.Device.Segments.Single(segment => segment.IsSyn && segment.IsOurs).Options.Length);
        Assert.Equal(1, stack.Host.Counters[Counter.TcpCookiesAccepted]);
    }

    [TapFact]
    [Trait("RFC", "7413 §4.2.2")]
    public async Task The_kernel_opens_with_data_once_it_has_our_cookie()
    {
        using StackOnTap stack = await StackOnTap.StartAsync(
            new TcpOptions { Connection = new TcpConnectionOptions { FastOpen = true } }, ("tcp_fastopen", "1"));
        TcpListenEndpoint listener = stack.Listen();
        for (int round = 0; round < 2; round++)
        {
            using Socket socket = stack.NewSocket();
            socket.SetRawSocketOption((int)ProtocolType.Tcp, TcpFastOpenConnect, BitConverter.GetBytes(1));
            TcpConnection? accepted = null;
            TcpState stateAtFirst = TcpState.Closed;
            int received = 0;
            int answered = stack.Beside(
                () =>
                {
                    socket.Connect(StackOnTap.OurAddress, StackOnTap.Port);
                    socket.Send(new byte[500]);
                    return Receive(socket, 700);
                },
                () =>
                {
                    if (accepted is null && (accepted = listener.TryAccept()) is not null)
                    {
                        stateAtFirst = accepted.State;
                    }

                    if (accepted is not null && (received += stack.Read(accepted)) == 500)
                    {
                        received++;
                        stack.Write(accepted, 700);
                    }
                });
            Assert.Equal(700, answered);
            Assert.Equal(round == 0 ? TcpState.Established : TcpState.SynReceived, stateAtFirst);
        }

        Assert.Equal(1, stack.Host.Counters[Counter.TcpFastOpensPassive]);
        Assert.Equal([0, 500], stack.Device.Segments.Where(segment => segment.IsSyn && !segment.IsOurs).Select(segment => segment.PayloadBytes));
        Assert.Equal(0, stack.Host.Counters[Counter.TcpSegmentsRetransmitted]);
    }

    [TapFact]
    [Trait("RFC", "7413 §4.2.1")]
    public async Task We_open_with_data_once_we_have_the_kernels_cookie()
    {
        using StackOnTap stack = await StackOnTap.StartAsync(
            new TcpOptions { Connection = new TcpConnectionOptions { FastOpen = true } }, ("tcp_fastopen", "3"));
        using Socket listening = stack.NewSocket();
        listening.Bind(new IPEndPoint(IPAddress.Any, StackOnTap.Port));
        listening.SetRawSocketOption((int)ProtocolType.Tcp, TcpFastOpen, BitConverter.GetBytes(16));
        listening.Listen();
        for (int round = 0; round < 2; round++)
        {
            TcpConnection connection = stack.Tcp.Connect(
                null, new IpEndPoint(IpAddress.Parse("10.9.0.1"), StackOnTap.Port), null, stack.Now, out _)!;
            stack.Write(connection, 600);
            int got = stack.Beside(() =>
            {
                using Socket accepted = listening.Accept();
                int bytes = Receive(accepted, 600);
                accepted.Send(new byte[300]);
                return bytes;
            });
            Assert.Equal(600, got);
            int answered = 0;
            stack.Until(() => (answered += stack.Read(connection)) == 300, "the kernel's answer arrives");
            connection.Close(stack.Now);
        }

        Assert.Equal(1, stack.Host.Counters[Counter.TcpFastOpensActive]);
        Assert.Equal([0, 600], stack.Device.Segments.Where(segment => segment.IsSyn && segment.IsOurs).Select(segment => segment.PayloadBytes));
        WatchedSegment last = stack.Device.Segments.Last(segment => segment.IsSyn && !segment.IsOurs);
        WatchedSegment syn = stack.Device.Segments.Last(segment => segment.IsSyn && segment.IsOurs);
        Assert.Equal(601U, unchecked(last.Acknowledgment - syn.Sequence));
    }

    /// <summary>The kernel connects, sends and receives.</summary>
    private static TcpConnection Exchange(StackOnTap stack)
    {
        TcpListenEndpoint listener = stack.Listen();
        TcpConnection? accepted = null;
        int received = 0;
        using Socket socket = stack.NewSocket();
        int answered = stack.Beside(
            () =>
            {
                socket.Connect(StackOnTap.OurAddress, StackOnTap.Port);
                for (int sent = 0; sent < Bytes; sent += 10_000)
                {
                    socket.Send(new byte[10_000]);
                }

                return Receive(socket, Bytes);
            },
            () =>
            {
                accepted ??= listener.TryAccept();
                if (accepted is not null && (received += stack.Read(accepted)) == Bytes)
                {
                    received++;
                    stack.Write(accepted, Bytes);
                }
            });
        Assert.Equal(Bytes, answered);
        return accepted!;
    }

    private static int Receive(Socket socket, int bytes)
    {
        byte[] buffer = new byte[65_536];
        int got = 0;
        while (got < bytes && socket.Receive(buffer) is var part and > 0)
        {
            got += part;
        }

        return got;
    }
}
