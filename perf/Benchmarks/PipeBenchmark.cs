using System.Buffers;
using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Benchmarks;

/// <summary>
/// Bytes written, flushed and read. A <see cref="Pipe"/> hands them from one side to the other; ours go through the whole of
/// TCP, from one end of a connection of the host with itself to the other. What of that is TCP, the same transfer shows that
/// appends to one machine and takes from the other without pipes: the rest is our edge.
/// </summary>
public class PipeBenchmark
{
    private readonly Pipe _platform = new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0, useSynchronizationContext: false));

    private readonly LoopbackConnection _piped = new();
    private readonly LoopbackConnection _bare = new();
    private readonly TcpDuplexPipe _client;
    private readonly TcpDuplexPipe _server;
    private byte[] _data = [];

    public PipeBenchmark()
    {
        _client = _piped.MakePipe(_piped.Client);
        _server = _piped.MakePipe(_piped.Server);
    }

    /// <summary>The bytes of a write.</summary>
    [Params(64, 1460, 16384)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _data = new byte[Bytes];
        new SeededEntropy(1).Fill(_data);
    }

    [Benchmark(Baseline = true)]
    public long Platform()
    {
        Write(_platform.Writer);
        return Read(_platform.Reader);
    }

    [Benchmark]
    public long Stack()
    {
        Write(_client.Output);
        long read = 0;
        while (read < Bytes)
        {
            _piped.Turn();
            read += Read(_server.Input);
        }

        return read;
    }

    [Benchmark]
    public long StackWithoutPipes()
    {
        _bare.Client.Append(_bare.Pool.TryLeaseCopy(_data, headroomBytes: 0)!, _bare.Now);
        long read = 0;
        while (read < Bytes)
        {
            _bare.Turn();
            read += Take(_bare.Server);
        }

        return read;
    }

    private void Write(PipeWriter writer)
    {
        writer.Write(_data);
        ValueTask<FlushResult> flush = writer.FlushAsync();
        if (!flush.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("The flush waits.");
        }

        flush.GetAwaiter().GetResult();
    }

    private static long Read(PipeReader reader)
    {
        if (!reader.TryRead(out ReadResult result))
        {
            return 0;
        }

        long length = result.Buffer.Length;
        reader.AdvanceTo(result.Buffer.End);
        return length;
    }

    private long Take(TcpConnection end)
    {
        long read = 0;
        while (end.TakeReceived() is { } chain)
        {
            read += chain.TotalLength;
            _bare.Pool.Return(chain);
        }

        if (read > 0)
        {
            end.Consumed(read, _bare.Now);
        }

        return read;
    }
}
