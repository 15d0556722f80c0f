using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetStack.Drivers.Linux;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// xenstore's messages over a descriptor that does not block: one request at a time, with the answers told from the events of
/// watches that come between.
/// </summary>
/// <remarks>Xen's <c>io/xs_wire.h</c>: <c>struct xsd_sockmsg</c> is type, number of the request, transaction and length, each of 4 bytes.</remarks>
internal sealed unsafe class StoreConnection(SafeFileHandle handle) : IDisposable
{
    public const int HeaderBytes = 16;

    /// <summary>What may follow the header of a request: the kernel takes a message of a page, header and all.</summary>
    public const int MaximumRequestBytes = IXenStore.MaximumPayloadBytes - HeaderBytes;

    private const int AnswerSeconds = 60;

    // Beyond so many events that nobody has taken, one of each watch is enough to have its owner look.
    private const int EventsKept = 1024;

    private readonly byte[] _incoming = new byte[2 * (HeaderBytes + IXenStore.MaximumPayloadBytes)];
    private readonly byte[] _outgoing = new byte[HeaderBytes + MaximumRequestBytes];
    private readonly Queue<(string Path, string Token)> _events = new();
    private readonly HashSet<(string Path, string Token)> _waiting = [];
    private readonly HashSet<string> _waitingTokens = [];
    private int _start;
    private int _end;
    private uint _lastRequest;
    private XenException? _failure;

    public SafeFileHandle Handle => handle;

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <param name="type">What is asked.</param>
    /// <param name="transaction">The transaction, or 0.</param>
    /// <param name="body">Its text: the pieces with their NULs.</param>
    /// <param name="error">0, or the error number of xenstore's refusal.</param>
    /// <returns>The answer's body; valid until the next call.</returns>
    /// <exception cref="XenException">The connection failed, or the answer is none.</exception>
    public ReadOnlySpan<byte> Ask(StoreRequest type, uint transaction, ReadOnlySpan<byte> body, out int error)
    {
        ThrowIfFailed();
        if (body.Length > MaximumRequestBytes)
        {
            throw XenFailure.BadText($"a request of {body.Length} bytes is longer than a message");
        }

        uint request = ++_lastRequest;
        Send(type, request, transaction, body);
        long limit = Environment.TickCount64 + (AnswerSeconds * 1000L);
        while (true)
        {
            while (TryParse(out StoreRequest answered, out uint number, out Range answer))
            {
                if (answered == StoreRequest.WatchEvent)
                {
                    Keep(_incoming.AsSpan()[answer]);
                }
                else if (number == request)
                {
                    error = answered == StoreRequest.Error ? NumberOf(_incoming.AsSpan()[answer]) : 0;
                    return answered == type || answered == StoreRequest.Error
                        ? _incoming.AsSpan()[answer]
                        : throw Fail(XenFailure.StoreBroken($"a message of type {(uint)answered} answers one of type {(uint)type}"));
                }
            }

            if (!TryFill())
            {
                Await(PollRecord.Readable, limit);
            }
        }
    }

    /// <summary>Takes the next event of a watch, without waiting.</summary>
    /// <exception cref="XenException">The connection failed.</exception>
    public bool TryTakeEvent(out string path, out string token)
    {
        if (_events.Count == 0)
        {
            ThrowIfFailed();
            do
            {
                while (TryParse(out StoreRequest type, out _, out Range body))
                {
                    // What else may come is an answer that nobody waits for any more.
                    if (type == StoreRequest.WatchEvent)
                    {
                        Keep(_incoming.AsSpan()[body]);
                    }
                }
            }
            while (_events.Count == 0 && TryFill());
        }

        bool isThere = _events.TryDequeue(out (string Path, string Token) next);
        (path, token) = isThere ? next : ("", "");
        _waiting.Remove(next);
        if (_events.Count == 0)
        {
            _waitingTokens.Clear();
        }

        return isThere;
    }

    public void Dispose() => handle.Dispose();

    private static int NumberOf(ReadOnlySpan<byte> name)
    {
        (byte[] Name, int Number)[] known =
        [
            ("EINVAL"u8.ToArray(), Errno.Invalid), ("EACCES"u8.ToArray(), Errno.AccessDenied), ("EEXIST"u8.ToArray(), Errno.Exists),
            ("EISDIR"u8.ToArray(), Errno.IsFolder), ("ENOENT"u8.ToArray(), Errno.NoEntry), ("ENOMEM"u8.ToArray(), Errno.NoMemory),
            ("ENOSPC"u8.ToArray(), Errno.NoSpace), ("EIO"u8.ToArray(), Errno.InputOutput), ("ENOTEMPTY"u8.ToArray(), Errno.NotEmpty),
            ("ENOSYS"u8.ToArray(), Errno.NoSystemCall), ("EROFS"u8.ToArray(), Errno.ReadOnly), ("EBUSY"u8.ToArray(), Errno.Busy),
            ("EAGAIN"u8.ToArray(), Errno.TryAgain), ("EISCONN"u8.ToArray(), Errno.IsConnected), ("E2BIG"u8.ToArray(), Errno.TooBig),
            ("EPERM"u8.ToArray(), Errno.NotPermitted),
        ];
        ReadOnlySpan<byte> text = name.TrimEnd((byte)0);
        foreach ((byte[] spelled, int number) in known)
        {
            if (text.SequenceEqual(spelled))
            {
                return number;
            }
        }

        return Errno.InputOutput;
    }

    private void Send(StoreRequest type, uint request, uint transaction, ReadOnlySpan<byte> body)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_outgoing, (uint)type);
        BinaryPrimitives.WriteUInt32LittleEndian(_outgoing.AsSpan(4), request);
        BinaryPrimitives.WriteUInt32LittleEndian(_outgoing.AsSpan(8), transaction);
        BinaryPrimitives.WriteUInt32LittleEndian(_outgoing.AsSpan(12), (uint)body.Length);
        body.CopyTo(_outgoing.AsSpan(HeaderBytes));
        int length = HeaderBytes + body.Length;
        int sent = 0;
        long limit = Environment.TickCount64 + (AnswerSeconds * 1000L);
        fixed (byte* bytes = _outgoing)
        {
            while (sent < length)
            {
                nint written = LibC.Write(Descriptor, bytes + sent, (nuint)(length - sent));
                if (written > 0)
                {
                    sent += (int)written;
                }
                else if (IsFatal(written, out int error))
                {
                    throw Fail(XenFailure.StoreLost($"a request could not be sent (error {error})", error));
                }
                else
                {
                    Await(PollRecord.Writable, limit);
                }
            }
        }
    }

    /// <summary>Takes the next whole message from what has been read.</summary>
    private bool TryParse(out StoreRequest type, out uint request, out Range body)
    {
        (type, request, body) = (default, 0, default);
        ReadOnlySpan<byte> read = _incoming.AsSpan(_start.._end);
        if (read.Length < HeaderBytes)
        {
            return false;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(read[12..]);
        if (length > IXenStore.MaximumPayloadBytes)
        {
            throw Fail(XenFailure.StoreBroken($"a message of {length} bytes is longer than {IXenStore.MaximumPayloadBytes}"));
        }

        if (read.Length < HeaderBytes + (int)length)
        {
            return false;
        }

        type = (StoreRequest)BinaryPrimitives.ReadUInt32LittleEndian(read);
        request = BinaryPrimitives.ReadUInt32LittleEndian(read[4..]);
        body = (_start + HeaderBytes)..(_start + HeaderBytes + (int)length);
        _start = body.End.Value;
        return true;
    }

    /// <summary>Reads what is there.</summary>
    /// <returns>False where nothing is.</returns>
    private bool TryFill()
    {
        _incoming.AsSpan(_start.._end).CopyTo(_incoming);
        (_start, _end) = (0, _end - _start);
        nint length;
        fixed (byte* bytes = _incoming)
        {
            length = LibC.Read(Descriptor, bytes + _end, (nuint)(_incoming.Length - _end));
        }

        if (length > 0)
        {
            _end += (int)length;
            return true;
        }

        return length == 0
            ? throw Fail(XenFailure.StoreLost("the other side closed it"))
            : IsFatal(length, out int error)
                ? throw Fail(XenFailure.StoreLost($"reading failed (error {error})", error))
                : false;
    }

    private static bool IsFatal(nint result, out int error)
    {
        error = result < 0 ? Marshal.GetLastPInvokeError() : 0;
        return error is not (0 or Errno.TryAgain or Errno.Interrupted);
    }

    private void Await(short events, long limit)
    {
        PollRecord record = new() { Descriptor = Descriptor, Events = events };
        long left = limit - Environment.TickCount64;
        if (left <= 0)
        {
            // The answer may still come, and is then skipped by its number.
            throw XenFailure.StoreSilent(AnswerSeconds);
        }

        LibC.Poll(&record, 1, (int)left);
    }

    private void Keep(ReadOnlySpan<byte> body)
    {
        int pathEnd = body.IndexOf((byte)0);
        int tokenEnd = pathEnd < 0 ? -1 : body[(pathEnd + 1)..].IndexOf((byte)0);
        if (tokenEnd < 0)
        {
            throw Fail(XenFailure.StoreBroken("the event of a watch is not a path and a token"));
        }

        string path = Encoding.Latin1.GetString(body[..pathEnd]);
        string token = Encoding.Latin1.GetString(body.Slice(pathEnd + 1, tokenEnd));
        bool isNew = _waitingTokens.Add(token);
        if ((_events.Count < EventsKept || isNew) && _waiting.Add((path, token)))
        {
            _events.Enqueue((path, token));
        }
    }

    private int Descriptor => (int)handle.DangerousGetHandle();

    private XenException Fail(XenException failure) => _failure = failure;

    private void ThrowIfFailed()
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        if (_failure is not null)
        {
            throw new XenException(_failure.Error, _failure.Message, _failure.ErrorNumber);
        }
    }
}
