using System.Net.Sockets;

namespace NetStack.Sockets;

/// <summary>The look-alike of <see cref="System.Net.Sockets.NetworkStream"/>: a connected stream socket as a stream.</summary>
public class NetworkStream : Stream
{
    private readonly Socket _socket;
    private readonly bool _ownsSocket;
    private readonly FileAccess _access;
    private int _closeTimeoutMilliseconds = Timeout.Infinite;
    private int _isDisposed;

    /// <summary>Makes a stream over a socket, which stays open when the stream is closed.</summary>
    /// <exception cref="IOException">The socket is not connected, not a stream socket, or does not block.</exception>
    public NetworkStream(Socket socket)
        : this(socket, FileAccess.ReadWrite, ownsSocket: false)
    {
    }

    /// <summary>Makes a stream over a socket.</summary>
    /// <param name="socket">The connected socket.</param>
    /// <param name="ownsSocket">Whether closing the stream closes the socket.</param>
    /// <exception cref="IOException">The socket is not connected, not a stream socket, or does not block.</exception>
    public NetworkStream(Socket socket, bool ownsSocket)
        : this(socket, FileAccess.ReadWrite, ownsSocket)
    {
    }

    /// <summary>Makes a stream over a socket, which stays open when the stream is closed.</summary>
    /// <param name="socket">The connected socket.</param>
    /// <param name="access">What the stream may do.</param>
    /// <exception cref="IOException">The socket is not connected, not a stream socket, or does not block.</exception>
    public NetworkStream(Socket socket, FileAccess access)
        : this(socket, access, ownsSocket: false)
    {
    }

    /// <summary>Makes a stream over a socket.</summary>
    /// <param name="socket">The connected socket.</param>
    /// <param name="access">What the stream may do.</param>
    /// <param name="ownsSocket">Whether closing the stream closes the socket.</param>
    /// <exception cref="IOException">The socket is not connected, not a stream socket, or does not block.</exception>
    public NetworkStream(Socket socket, FileAccess access, bool ownsSocket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (!socket.Blocking)
        {
            throw new IOException("The operation is not allowed on a non-blocking Socket.");
        }

        if (!socket.Connected)
        {
            throw new IOException("The operation is not allowed on non-connected sockets.");
        }

        if (socket.SocketType != SocketType.Stream)
        {
            throw new IOException("The operation is not allowed on non-stream oriented sockets.");
        }

        _socket = socket;
        _access = access;
        _ownsSocket = ownsSocket;
    }

    /// <summary>The socket.</summary>
    public Socket Socket => _socket;

    /// <summary>Whether a read would return bytes at once.</summary>
    /// <exception cref="ObjectDisposedException">The stream is closed.</exception>
    public virtual bool DataAvailable
    {
        get
        {
            ThrowIfDisposed();
            return _socket.Available != 0;
        }
    }

    /// <inheritdoc/>
    public override bool CanRead => _isDisposed == 0 && (_access & FileAccess.Read) != 0;

    /// <inheritdoc/>
    public override bool CanWrite => _isDisposed == 0 && (_access & FileAccess.Write) != 0;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanTimeout => true;

    /// <summary>How long a synchronous read waits, in milliseconds; <see cref="Timeout.Infinite"/>: for ever.</summary>
    public override int ReadTimeout
    {
        get => _socket.ReceiveTimeout == 0 ? Timeout.Infinite : _socket.ReceiveTimeout;
        set => _socket.ReceiveTimeout = ValidTimeout(value);
    }

    /// <summary>How long a synchronous write waits, in milliseconds; <see cref="Timeout.Infinite"/>: for ever.</summary>
    public override int WriteTimeout
    {
        get => _socket.SendTimeout == 0 ? Timeout.Infinite : _socket.SendTimeout;
        set => _socket.SendTimeout = ValidTimeout(value);
    }

    /// <summary>A stream of the network has no length.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Length => throw NoSeek();

    /// <summary>A stream of the network has no position.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Position
    {
        get => throw NoSeek();
        set => throw NoSeek();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <summary>Reads what has arrived; blocks while nothing has.</summary>
    /// <returns>The bytes read; 0 at the end.</returns>
    /// <exception cref="IOException">The connection was reset or aborted, or the time-out has passed; the inner exception tells.</exception>
    public override int Read(Span<byte> buffer)
    {
        ThrowIfNotReadable();
        try
        {
            return _socket.Receive(buffer, SocketFlags.None);
        }
        catch (Exception exception) when (IsOfTransport(exception))
        {
            throw ReadFailure(exception);
        }
    }

    /// <inheritdoc/>
    public override int ReadByte()
    {
        byte value = 0;
        return Read(new Span<byte>(ref value)) == 0 ? -1 : value;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Reads what has arrived, or what arrives next.</summary>
    /// <returns>The bytes read; 0 at the end.</returns>
    /// <exception cref="IOException">The connection was reset or aborted; the inner exception tells.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ThrowIfNotReadable();
        return ReadAsync(_socket, buffer, cancellationToken);

        static async ValueTask<int> ReadAsync(Socket socket, Memory<byte> buffer, CancellationToken token)
        {
            try
            {
                return await socket.ReceiveAsync(buffer, SocketFlags.None, token).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsOfTransport(exception))
            {
                throw ReadFailure(exception);
            }
        }
    }

    /// <inheritdoc/>
    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <summary>Writes; blocks until all of it is queued.</summary>
    /// <exception cref="IOException">The connection was shut down, reset or aborted, or the time-out has passed; the inner exception tells.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowIfNotWritable();
        try
        {
            _socket.Send(buffer, SocketFlags.None);
        }
        catch (Exception exception) when (IsOfTransport(exception))
        {
            throw WriteFailure(exception);
        }
    }

    /// <inheritdoc/>
    public override void WriteByte(byte value) => Write(new ReadOnlySpan<byte>(in value));

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Writes; completes when all of it is queued.</summary>
    /// <exception cref="IOException">The connection was shut down, reset or aborted; the inner exception tells.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ThrowIfNotWritable();
        return WriteAsync(_socket, buffer, cancellationToken);

        static async ValueTask WriteAsync(Socket socket, ReadOnlyMemory<byte> buffer, CancellationToken token)
        {
            try
            {
                await socket.SendAsync(buffer, SocketFlags.None, token).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsOfTransport(exception))
            {
                throw WriteFailure(exception);
            }
        }
    }

    /// <inheritdoc/>
    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    /// <summary>Does nothing: every write is sent as it is made.</summary>
    public override void Flush()
    {
    }

    /// <summary>Does nothing: every write is sent as it is made.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A stream of the network has no position.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Seek(long offset, SeekOrigin origin) => throw NoSeek();

    /// <summary>A stream of the network has no length.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void SetLength(long value) => throw NoSeek();

    /// <summary>Closes the stream, and waits for the peer to take what was written.</summary>
    /// <param name="timeout">The longest wait, in milliseconds; <see cref="Timeout.Infinite"/> does not wait, as the platform's.</param>
    public void Close(int timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, Timeout.Infinite);
        _closeTimeoutMilliseconds = timeout;
        Dispose();
    }

    /// <summary>Closes the stream, and waits for the peer to take what was written.</summary>
    /// <param name="timeout">The longest wait.</param>
    public void Close(TimeSpan timeout) => Close(checked((int)timeout.TotalMilliseconds));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _isDisposed, 1) == 0 && _ownsSocket)
        {
            _socket.ShutdownAndClose(_closeTimeoutMilliseconds);
        }

        base.Dispose(disposing);
    }

    private static int ValidTimeout(int value) => value is > 0 or Timeout.Infinite
        ? value
        : throw new ArgumentOutOfRangeException(
            nameof(value), "Timeout can be only be set to 'System.Threading.Timeout.Infinite' or a value > 0.");

    private static NotSupportedException NoSeek() => new("This stream does not support seek operations.");

    private static bool IsOfTransport(Exception exception) => exception is not OperationCanceledException and not InvalidOperationException
        || exception is ObjectDisposedException;

    private static IOException ReadFailure(Exception exception) =>
        new($"Unable to read data from the transport connection: {exception.Message}.", exception);

    private static IOException WriteFailure(Exception exception) =>
        new($"Unable to write data to the transport connection: {exception.Message}.", exception);

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed != 0, this);

    private void ThrowIfNotReadable()
    {
        ThrowIfDisposed();
        if (!CanRead)
        {
            throw new InvalidOperationException("The stream does not support reading.");
        }
    }

    private void ThrowIfNotWritable()
    {
        ThrowIfDisposed();
        if (!CanWrite)
        {
            throw new InvalidOperationException("The stream does not support writing.");
        }
    }
}
