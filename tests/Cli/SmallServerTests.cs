using System.Net;
using System.Text;
using NetStack.Sockets;

namespace NetStack.Cli.Tests;

public class SmallServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    [Trait("RFC", "862")]
    public async Task Echo_sends_back_what_comes_until_the_peer_closes()
    {
        byte[] sent = new byte[500_000];
        new Random(2).NextBytes(sent);
        await using SimulatedStack stack = await SimulatedStack.OpenAsync();
        await using NetworkConnection connection = await stack.Stack.ConnectAsync(new IPEndPoint(SimulatedStack.PeerAddress, 7));
        using CancellationTokenSource limit = new(Patience);

        Task sending = Task.Run(
            async () =>
            {
                await connection.Output.WriteAsync(sent, limit.Token);
                await connection.Output.CompleteAsync();
            },
            limit.Token);
        using MemoryStream received = new();
        await connection.Input.CopyToAsync(received, limit.Token);
        await sending;

        Assert.Equal(sent, received.ToArray());
    }

    [Fact]
    [Trait("RFC", "862")]
    public async Task Echo_answers_a_datagram_with_itself_unless_it_may_be_a_loop()
    {
        await using SimulatedStack stack = await SimulatedStack.OpenAsync();
        using CancellationTokenSource limit = new(Patience);
        await using DatagramSocket forged = await stack.Stack.BindAsync(new IPEndPoint(IPAddress.Any, 19));
        await using DatagramSocket socket = await stack.Stack.BindAsync(new IPEndPoint(IPAddress.Any, 0));
        IPEndPoint echo = new(SimulatedStack.PeerAddress, 7);
        byte[] buffer = new byte[100];

        // The datagram from chargen's port comes first: where it were answered, the answer would be there by the second.
        await forged.SendAsync("loop"u8.ToArray(), echo, limit.Token);
        await socket.SendAsync("hello"u8.ToArray(), echo, limit.Token);
        ReceivedDatagram received = await socket.ReceiveAsync(buffer, limit.Token);

        Assert.Equal("hello", Encoding.ASCII.GetString(buffer, 0, received.Bytes));
        Assert.Equal(echo, received.Source);
        Assert.False(forged.HasPending);
    }

    [Fact]
    [Trait("RFC", "863")]
    public async Task Discard_takes_everything_and_answers_nothing()
    {
        await using SimulatedStack stack = await SimulatedStack.OpenAsync();
        await using NetworkConnection connection = await stack.Stack.ConnectAsync(new IPEndPoint(SimulatedStack.PeerAddress, 9));
        using CancellationTokenSource limit = new(Patience);

        await connection.Output.WriteAsync(new byte[2_000_000], limit.Token);
        await connection.Output.CompleteAsync();
        using MemoryStream received = new();
        await connection.Input.CopyToAsync(received, limit.Token);

        Assert.Equal(0, received.Length);
    }

    [Fact]
    [Trait("RFC", "864")]
    public async Task Chargen_sends_the_pattern_over_and_over()
    {
        await using SimulatedStack stack = await SimulatedStack.OpenAsync();
        await using NetworkConnection connection = await stack.Stack.ConnectAsync(new IPEndPoint(SimulatedStack.PeerAddress, 19));
        using CancellationTokenSource limit = new(Patience);
        byte[] received = new byte[3 * 95 * 74];

        await connection.AsStream().ReadExactlyAsync(received, limit.Token);
        connection.Abort();

        Assert.Equal(ExpectedPattern(received.Length), Encoding.ASCII.GetString(received));
    }

    [Fact]
    [Trait("RFC", "864")]
    public async Task Chargen_answers_each_datagram_with_up_to_512_characters()
    {
        await using SimulatedStack stack = await SimulatedStack.OpenAsync();
        using CancellationTokenSource limit = new(Patience);
        await using DatagramSocket socket = await stack.Stack.BindAsync(new IPEndPoint(IPAddress.Any, 0));
        byte[] buffer = new byte[2000];
        HashSet<int> lengths = [];
        for (int i = 0; i < 20; i++)
        {
            await socket.SendAsync("?"u8.ToArray(), new IPEndPoint(SimulatedStack.PeerAddress, 19), limit.Token);
            ReceivedDatagram received = await socket.ReceiveAsync(buffer, limit.Token);
            Assert.InRange(received.Bytes, 0, 512);
            Assert.Equal(ExpectedPattern(received.Bytes), Encoding.ASCII.GetString(buffer, 0, received.Bytes));
            lengths.Add(received.Bytes);
        }

        Assert.True(lengths.Count > 1, "every datagram was as long as the others");
    }

    /// <summary>The text of the RFC: a ring of the 95 printing characters, 72 a line, each line one character later.</summary>
    private static string ExpectedPattern(int length)
    {
        StringBuilder text = new();
        for (int line = 0; text.Length < length; line++)
        {
            text.Append(string.Concat(Enumerable.Range(0, 72).Select(i => (char)(32 + ((line + i) % 95))))).Append("\r\n");
        }

        return text.ToString(0, length);
    }
}
