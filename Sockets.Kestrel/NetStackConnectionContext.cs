using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using NetStack.Sockets;
using NetStack.Tcp;

namespace NetStack.AspNetCore;

/// <summary>A connection of the stack as Kestrel sees it: Kestrel reads and writes the blocks of the stack itself.</summary>
internal sealed class NetStackConnectionContext : ConnectionContext,
    IConnectionIdFeature,
    IConnectionTransportFeature,
    IConnectionItemsFeature,
    IConnectionLifetimeFeature,
    IConnectionEndPointFeature,
    IMemoryPoolFeature
{
    private static long _lastId;

    private readonly NetworkConnection _connection;
    private readonly CancellationTokenSource _closed = new();
    private readonly FeatureCollection _features = new();
    private IDictionary<object, object?>? _items;

    public NetStackConnectionContext(NetworkConnection connection)
    {
        _connection = connection;
        Transport = new TransportPipe(new ResetReader(connection.Input), connection.Output);
        LocalEndPoint = connection.LocalEndPoint;
        RemoteEndPoint = connection.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        _features.Set<IConnectionIdFeature>(this);
        _features.Set<IConnectionTransportFeature>(this);
        _features.Set<IConnectionItemsFeature>(this);
        _features.Set<IConnectionLifetimeFeature>(this);
        _features.Set<IConnectionEndPointFeature>(this);
        _features.Set<IMemoryPoolFeature>(this);
        _ = connection.Closed.ContinueWith(
            static (_, state) => ((NetStackConnectionContext)state!).OnClosed(),
            this,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    public override string ConnectionId { get; set; } = FormattableString.Invariant($"NS{Interlocked.Increment(ref _lastId):X8}");

    public override IFeatureCollection Features => _features;

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override IDuplexPipe Transport { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public MemoryPool<byte> MemoryPool => BlockMemoryPool.Instance;

    public override void Abort() => _connection.Abort();

    public override void Abort(ConnectionAbortedException abortReason) => _connection.Abort();

    public override async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private void OnClosed() => _closed.Cancel();

    /// <summary>Reports a broken connection by the exception types that Kestrel knows.</summary>
    private sealed class ResetReader(PipeReader reader) : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed) => reader.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => reader.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => reader.CancelPendingRead();

        public override void Complete(Exception? exception = null) => reader.Complete(exception);

        public override bool TryRead(out ReadResult result)
        {
            try
            {
                return reader.TryRead(out result);
            }
            catch (SocketException exception)
            {
                throw Translate(exception);
            }
        }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                ValueTask<ReadResult> read = reader.ReadAsync(cancellationToken);
                return read.IsCompletedSuccessfully ? read : AwaitAsync(read);
            }
            catch (SocketException exception)
            {
                throw Translate(exception);
            }
        }

        [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder<>))]
        private static async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> read)
        {
            try
            {
                return await read.ConfigureAwait(false);
            }
            catch (SocketException exception)
            {
                throw Translate(exception);
            }
        }

        private static Exception Translate(SocketException exception) => exception.SocketErrorCode switch
        {
            SocketError.ConnectionAborted => new ConnectionAbortedException(exception.Message, exception),
            _ => new ConnectionResetException(exception.Message, exception),
        };
    }

    private sealed class TransportPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
