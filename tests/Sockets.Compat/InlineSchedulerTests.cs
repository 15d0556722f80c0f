using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;

namespace NetStack.Sockets.Tests;

/// <summary>Applications that run on the loop itself: the right stack's continuations are inline.</summary>
public sealed class InlineSchedulerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TwoStacks _stacks = new(TestQueues.Count, TestQueues.Count, ofRight: PipeScheduler.Inline);
    private readonly CancellationTokenSource _stop = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _stacks.DisposeAsync();
        _stop.Dispose();
        _stacks.AssertNothingOutstanding();
    }

    [Fact]
    public async Task Accept_read_and_receive_go_on_where_the_loop_is()
    {
        await using NetworkListener listener = await ListenAsync();
        Task<string?[]> server = NoteThreadsAsync(listener);
        NetworkConnection client = await ConnectAsync(listener);
        await client.Output.WriteAsync(new byte[] { 1 });

        string?[] threads = await server.WaitAsync(Patience);

        Assert.All(threads, name => Assert.StartsWith("NetStack loop", name, StringComparison.Ordinal));
        await client.DisposeAsync();
    }

    [Fact]
    public async Task Many_connections_get_back_what_they_send()
    {
        const int Connections = 16;
        const int Bytes = 1_000_000;
        await using NetworkListener listener = await ListenAsync();
        _ = ServeAsync(listener, EchoAsync);

        byte[][] sent = [.. Enumerable.Range(0, Connections).Select(seed => RandomBytes(seed, Bytes))];
        byte[][] received = await Task.WhenAll(sent.Select(bytes => ExchangeAsync(listener, bytes))).WaitAsync(Patience);

        for (int i = 0; i < Connections; i++)
        {
            Assert.Equal(SHA256.HashData(sent[i]), SHA256.HashData(received[i]));
        }
    }

    [Fact]
    public async Task A_writer_on_the_loop_outruns_what_is_laid_out_for_writers_and_loses_nothing()
    {
        // More in one flush than the blocks that wait for writers, which only the loop could lay out again.
        const int Bytes = 6_000_000;
        byte[] bytes = RandomBytes(1, Bytes);
        await using NetworkListener listener = await ListenAsync();
        _ = ServeAsync(listener, async connection =>
        {
            ReadResult read = await connection.Input.ReadAsync().ConfigureAwait(false);
            connection.Input.AdvanceTo(read.Buffer.End);
            connection.Output.Write(bytes);
            await connection.Output.FlushAsync().ConfigureAwait(false);
            await connection.Output.CompleteAsync();
        });

        byte[] received = await ExchangeAsync(listener, new byte[1]).WaitAsync(Patience);

        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(received));
    }

    [Fact]
    public async Task Datagrams_are_answered_in_their_order_and_to_whom_they_came_from()
    {
        const int Datagrams = 2000;
        const int InFlight = 32;
        DatagramSocket server = await _stacks.Right.BindAsync(new IPEndPoint(TwoStacks.RightAddress, 0));
        _ = EchoDatagramsAsync(server);

        int[][] answers = await Task.WhenAll(ExchangeAsync(), ExchangeAsync()).WaitAsync(Patience);

        Assert.All(answers, numbers => Assert.Equal(Enumerable.Range(0, Datagrams), numbers));

        async Task<int[]> ExchangeAsync()
        {
            await using DatagramSocket client = await _stacks.Left.BindAsync(new IPEndPoint(IPAddress.Any, 0));
            byte[] buffer = new byte[100];
            int[] numbers = new int[Datagrams];
            int sent = 0;
            for (int i = 0; i < Datagrams; i++)
            {
                for (; sent < Datagrams && sent < i + InFlight; sent++)
                {
                    await client.SendAsync(BitConverter.GetBytes(sent), server.LocalEndPoint);
                }

                ReceivedDatagram answer = await client.ReceiveAsync(buffer);
                Assert.Equal(server.LocalEndPoint, answer.Source);
                Assert.Equal(sizeof(int), answer.Bytes);
                numbers[i] = BitConverter.ToInt32(buffer);
            }

            return numbers;
        }
    }

    [Fact]
    public async Task What_a_receiver_on_the_loop_leaves_another_thread_finds()
    {
        DatagramSocket server = await _stacks.Right.BindAsync(new IPEndPoint(TwoStacks.RightAddress, 0));
        await using DatagramSocket client = await _stacks.Left.BindAsync(new IPEndPoint(IPAddress.Any, 0));
        Task<int> first = server.ReceiveAsync(new byte[10]).AsTask().ContinueWith(done => done.Result.Bytes, TaskScheduler.Default);
        for (int length = 1; length <= 3; length++)
        {
            await client.SendAsync(new byte[length], server.LocalEndPoint);
        }

        Assert.Equal(1, await first.WaitAsync(Patience));
        Assert.Equal(2, (await server.ReceiveAsync(new byte[10]).AsTask().WaitAsync(Patience)).Bytes);
        Assert.Equal(3, (await server.ReceiveAsync(new byte[10]).AsTask().WaitAsync(Patience)).Bytes);
        Assert.False(server.TryReceive(new byte[10], out _));
    }

    private static byte[] RandomBytes(int seed, int count)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task<string?[]> NoteThreadsAsync(NetworkListener listener)
    {
        NetworkConnection connection = await listener.AcceptAsync().ConfigureAwait(false);
        string? accepted = Thread.CurrentThread.Name;
        ReadResult read = await connection.Input.ReadAsync().ConfigureAwait(false);
        connection.Input.AdvanceTo(read.Buffer.End);
        string? wasRead = Thread.CurrentThread.Name;
        await connection.DisposeAsync().ConfigureAwait(false);
        return [accepted, wasRead];
    }

    private static async Task EchoAsync(NetworkConnection connection)
    {
        ReadResult read;
        do
        {
            read = await connection.Input.ReadAsync().ConfigureAwait(false);
            foreach (ReadOnlyMemory<byte> piece in read.Buffer)
            {
                connection.Output.Write(piece.Span);
            }

            connection.Input.AdvanceTo(read.Buffer.End);
            await connection.Output.FlushAsync().ConfigureAwait(false);
        }
        while (!read.IsCompleted);
    }

    private async Task ServeAsync(NetworkListener listener, Func<NetworkConnection, Task> serve)
    {
        while (true)
        {
            _ = ServeOneAsync(await listener.AcceptAsync(_stop.Token).ConfigureAwait(false));
        }

        async Task ServeOneAsync(NetworkConnection connection)
        {
            await serve(connection).ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task EchoDatagramsAsync(DatagramSocket server)
    {
        byte[] buffer = new byte[100];
        while (true)
        {
            ReceivedDatagram received = await server.ReceiveAsync(buffer, _stop.Token).ConfigureAwait(false);
            await server.SendAsync(buffer.AsMemory(0, received.Bytes), received.Source, _stop.Token).ConfigureAwait(false);
        }
    }

    private async Task<byte[]> ExchangeAsync(NetworkListener listener, byte[] bytes)
    {
        await using NetworkConnection client = await ConnectAsync(listener);
        Task writing = WriteAsync();
        using MemoryStream received = new();
        await client.Input.CopyToAsync(received);
        await writing;
        return received.ToArray();

        async Task WriteAsync()
        {
            await client.Output.WriteAsync(bytes);
            await client.Output.CompleteAsync();
        }
    }

    private Task<NetworkListener> ListenAsync() => _stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 0));

    private Task<NetworkConnection> ConnectAsync(NetworkListener listener) =>
        _stacks.Left.ConnectAsync(new IPEndPoint(TwoStacks.RightAddress, listener.LocalEndPoint.Port)).WaitAsync(Patience);
}
