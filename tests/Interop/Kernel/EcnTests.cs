using System.Net;
using System.Net.Sockets;
using NetStack.Core;
using NetStack.IP;
using NetStack.Peers;
using NetStack.Tcp;

namespace NetStack.Interop.Tests;

/// <summary>ECN with the kernel at the other end and a router between that marks.</summary>
public sealed class EcnTests
{
    private const int Bytes = 1_000_000;

    [TapFact]
    [Trait("RFC", "3168 §6.1.3")]
    public async Task The_kernel_slows_down_by_the_marks_that_we_echo()
    {
        using StackOnTap stack = await StackOnTap.StartAsync(null, ("tcp_ecn", "1"));
        int capable = 0;
        stack.Device.Marks = segment => !segment.IsOurs && ++capable == 30;
        TcpListenEndpoint listener = stack.Listen();
        TcpConnection? accepted = null;
        int received = 0;
        using Socket socket = stack.NewSocket();
        stack.Beside(
            () =>
            {
                socket.Connect(StackOnTap.OurAddress, StackOnTap.Port);
                for (int sent = 0; sent < Bytes; sent += 10_000)
                {
                    socket.Send(new byte[10_000]);
                }

                socket.Shutdown(SocketShutdown.Send);
                return 0;
            },
            () =>
            {
                accepted ??= listener.TryAccept();
                received += accepted is null ? 0 : stack.Read(accepted);
            });
        stack.Until(() => (received += stack.Read(accepted!)) == Bytes, "all data arrives");

        Assert.True(accepted!.UsesEcn);
        List<WatchedSegment> segments = stack.Device.Segments;
        Assert.True(segments[0].Has(TcpFlags.Syn | TcpFlags.EcnEcho | TcpFlags.CongestionWindowReduced));
        Assert.Equal(TcpFlags.Syn | TcpFlags.Acknowledgment | TcpFlags.EcnEcho, segments[1].Flags);
        int mark = segments.FindIndex(segment => segment.Codepoint == 3);
        int echo = segments.FindIndex(segment => !segment.IsSyn && segment.IsOurs && segment.Has(TcpFlags.EcnEcho));
        int reduced = segments.FindIndex(segment => !segment.IsSyn && !segment.IsOurs && segment.Has(TcpFlags.CongestionWindowReduced));
        int lastEcho = segments.FindLastIndex(segment => segment.IsOurs && segment.Has(TcpFlags.EcnEcho));
        Assert.True(mark > 0 && mark < echo && echo < reduced, $"mark {mark}, echo {echo}, reduced {reduced}");
        Assert.InRange(lastEcho, echo, reduced);
        Assert.All(segments.Where(segment => segment.IsOurs), segment => Assert.Equal(0, segment.Codepoint));
    }

    [TapTheory]
    [InlineData(EcnUse.Ask)]
    [InlineData(EcnUse.AskAccurate)]
    [Trait("RFC", "3168 §6.1.2, 9768 §3.1.2")]
    public async Task We_slow_down_by_the_marks_that_the_kernel_echoes(EcnUse use)
    {
        using StackOnTap stack = await StackOnTap.StartAsync(
            new TcpOptions { Connection = new TcpConnectionOptions { Ecn = use } }, ("tcp_ecn", "2"));
        int capable = 0;
        stack.Device.Marks = segment => segment.IsOurs && ++capable == 30;
        using Socket listening = stack.NewSocket();
        listening.Bind(new IPEndPoint(IPAddress.Any, StackOnTap.Port));
        listening.Listen();
        TcpConnection connection = stack.Tcp.Connect(
            null, new IpEndPoint(IpAddress.Parse("10.9.0.1"), StackOnTap.Port), null, stack.Now, out _)!;
        stack.Write(connection, Bytes);
        connection.Shutdown(stack.Now);
        int got = stack.Beside(() =>
        {
            using Socket accepted = listening.Accept();
            byte[] buffer = new byte[65_536];
            int bytes = 0;
            while (accepted.Receive(buffer) is var part and > 0)
            {
                bytes += part;
            }

            return bytes;
        });

        Assert.Equal(Bytes, got);
        Assert.Equal((true, false), (connection.UsesEcn, connection.UsesAccurateEcn));
        List<WatchedSegment> segments = stack.Device.Segments;
        Assert.Equal(
            TcpFlags.Syn | TcpFlags.EcnEcho | TcpFlags.CongestionWindowReduced | (use == EcnUse.AskAccurate ? TcpFlags.AccurateEcn : 0),
            segments[0].Flags);
        Assert.Equal(TcpFlags.Syn | TcpFlags.Acknowledgment | TcpFlags.EcnEcho, segments[1].Flags);
        int mark = segments.FindIndex(segment => segment.Codepoint == 3);
        int echo = segments.FindIndex(segment => !segment.IsSyn && !segment.IsOurs && segment.Has(TcpFlags.EcnEcho));
        int reduced = segments.FindIndex(segment => !segment.IsSyn && segment.IsOurs && segment.Has(TcpFlags.CongestionWindowReduced));
        Assert.True(mark > 0 && mark < echo && echo < reduced, $"mark {mark}, echo {echo}, reduced {reduced}");

        // What the kernel sends once it has that segment echoes no more.
        uint behind = segments[reduced].Sequence + (uint)segments[reduced].PayloadBytes;
        Assert.DoesNotContain(segments, segment => !segment.IsOurs && segment.Has(TcpFlags.EcnEcho) && (int)(segment.Acknowledgment - behind) >= 0);
        Assert.Single(segments, segment => !segment.IsSyn && segment.IsOurs && segment.Has(TcpFlags.CongestionWindowReduced));
        Assert.All(segments.Where(segment => segment.IsOurs && segment.PayloadBytes == 0), segment => Assert.Equal(0, segment.Codepoint));
        Assert.Equal(0, stack.Host.Counters[Counter.TcpSegmentsRetransmitted]);
    }
}
