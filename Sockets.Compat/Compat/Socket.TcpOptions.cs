using System.Net.Sockets;
using System.Text;
using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <content>Options of TCP: by the names of the platform, and by the numbers of Linux, for those that have no name.</content>
public sealed partial class Socket
{
    private const int CongestionNameBytes = 16;
    private const int LargestKeepAliveSeconds = 32_767;
    private const int LargestCount = 127;
    private const int LeastSegmentBytes = 88;
    private const int LargestSegmentBytes = 32_767;

    /// <summary>What Linux answers before there is a peer: the segments of one that says nothing (RFC 9293 §3.7.1).</summary>
    private const int DefaultSegmentBytes = 536;

    // Behind the lock: what the connections get that this socket makes or accepts, and its own has.
    private TcpConnectionOptions _choices;
    private int _fastOpenQueue;
    private volatile bool _isCorked;
    private volatile bool _isQuick = true;

    /// <summary>Sets an option of TCP by its number on Linux (level 6).</summary>
    /// <param name="optionLevel">The level: 6, which is TCP.</param>
    /// <param name="optionName">The number, such as 18, TCP_USER_TIMEOUT.</param>
    /// <param name="optionValue">An <see cref="int"/> in the order of the machine; the name of the congestion control in ASCII.</param>
    /// <exception cref="SocketException">The stack has no such option, or the value is none of it.</exception>
    public void SetRawSocketOption(int optionLevel, int optionName, ReadOnlySpan<byte> optionValue)
    {
        ThrowIfDisposed();
        if (optionValue.IsEmpty)
        {
            throw Failure(SocketError.Fault);
        }

        if (!IsTcp(optionLevel))
        {
            throw Failure(SocketError.ProtocolOption);
        }

        if (optionName == (int)TcpSocketOption.CongestionControl)
        {
            SetCongestionControl(optionValue);
            return;
        }

        // Linux reads the number before it asks which option it is for.
        SetTcpOption(
            (TcpSocketOption)optionName,
            optionValue.Length < sizeof(int) ? throw Failure(SocketError.InvalidArgument) : BitConverter.ToInt32(optionValue));
    }

    /// <summary>Reads an option of TCP by its number on Linux (level 6).</summary>
    /// <param name="optionLevel">The level: 6, which is TCP.</param>
    /// <param name="optionName">The number, such as 18, TCP_USER_TIMEOUT.</param>
    /// <param name="optionValue">Takes as much of the value as it has room for.</param>
    /// <returns>The bytes taken.</returns>
    /// <exception cref="SocketException">The stack has no such option.</exception>
    public int GetRawSocketOption(int optionLevel, int optionName, Span<byte> optionValue)
    {
        ThrowIfDisposed();
        if (!IsTcp(optionLevel))
        {
            throw Failure(SocketError.OperationNotSupported);
        }

        Span<byte> value = stackalloc byte[CongestionNameBytes];
        int length = CongestionNameBytes;
        if (optionName == (int)TcpSocketOption.CongestionControl)
        {
            value.Clear();
            Encoding.ASCII.GetBytes(CongestionControlName(), value);
        }
        else
        {
            BitConverter.TryWriteBytes(value, GetTcpOption((TcpSocketOption)optionName));
            length = sizeof(int);
        }

        length = Math.Min(length, optionValue.Length);
        value[..length].CopyTo(optionValue);
        return length;
    }

    /// <summary>The option that a name of the platform stands for; null where it is none of TCP.</summary>
    private static TcpSocketOption? TcpOptionOf(SocketOptionName name) => name switch
    {
        SocketOptionName.NoDelay => TcpSocketOption.NoDelay,
        SocketOptionName.TcpKeepAliveTime => TcpSocketOption.KeepAliveTime,
        SocketOptionName.TcpKeepAliveInterval => TcpSocketOption.KeepAliveInterval,
        SocketOptionName.TcpKeepAliveRetryCount => TcpSocketOption.KeepAliveProbes,
        SocketOptionName.FastOpen => TcpSocketOption.FastOpen,
        _ => null,
    };

    private static int Seconds(Duration time) => (int)(time.Nanoseconds / 1_000_000_000);

    /// <summary>Has the connection do something, unless its stack has ended.</summary>
    private static async Task TryAsync(Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The connection has ended with its stack: there is nothing to do it to.
        }
    }

    private bool IsTcp(int level) => level == (int)SocketOptionLevel.Tcp && IsStream;

    private int GetTcpOption(TcpSocketOption option) =>
        TryGetTcpOption(option, out int number) ? number : throw Failure(SocketError.ProtocolOption);

    private bool TryGetTcpOption(TcpSocketOption option, out int number)
    {
        TcpConnectionOptions choices = Volatile.Read(ref _choices);
        number = option switch
        {
            TcpSocketOption.NoDelay => choices.NoDelay ? 1 : 0,
            TcpSocketOption.MaximumSegment => MaximumSegment(choices),
            TcpSocketOption.Cork => _isCorked ? 1 : 0,
            TcpSocketOption.KeepAliveTime => Seconds(choices.KeepAliveTime),
            TcpSocketOption.KeepAliveInterval => Seconds(choices.KeepAliveInterval),
            TcpSocketOption.KeepAliveProbes => choices.KeepAliveProbes,
            TcpSocketOption.SynRetries => choices.SynRetries,
            TcpSocketOption.QuickAcknowledgment => _isQuick ? 1 : 0,
            TcpSocketOption.UserTimeout => (int)choices.UserTimeout.Milliseconds,
            TcpSocketOption.FastOpen => _fastOpenQueue,
            TcpSocketOption.FastOpenConnect => _isFastOpenConnect ? 1 : 0,
            _ => int.MinValue,
        };
        return number != int.MinValue;
    }

    private void SetTcpOption(TcpSocketOption option, int number)
    {
        if (!IsStream)
        {
            throw Failure(SocketError.ProtocolOption);
        }

        switch (option)
        {
            case TcpSocketOption.NoDelay:
                NoDelay = number != 0;
                break;
            case TcpSocketOption.MaximumSegment when number is 0 or (>= LeastSegmentBytes and <= LargestSegmentBytes):
                Change(options => options with { MaximumSegmentBytes = number });
                break;
            case TcpSocketOption.Cork:
                SetCork(number != 0);
                break;
            case TcpSocketOption.KeepAliveTime when number is >= 1 and <= LargestKeepAliveSeconds:
                Change(options => options with { KeepAliveTime = Duration.FromSeconds(number) });
                break;
            case TcpSocketOption.KeepAliveInterval when number is >= 1 and <= LargestKeepAliveSeconds:
                Change(options => options with { KeepAliveInterval = Duration.FromSeconds(number) });
                break;
            case TcpSocketOption.KeepAliveProbes when number is >= 1 and <= LargestCount:
                Change(options => options with { KeepAliveProbes = number });
                break;
            case TcpSocketOption.SynRetries when number is >= 1 and <= LargestCount:
                Change(options => options with { SynRetries = number });
                break;
            case TcpSocketOption.QuickAcknowledgment:
                SetQuickAcknowledgment(number != 0);
                break;
            case TcpSocketOption.UserTimeout when number >= 0:
                Change(options => options with { UserTimeout = Duration.FromMilliseconds(number) });
                break;
            case TcpSocketOption.FastOpen when number >= 0 && _tcp is null:
                _fastOpenQueue = Math.Min(number, LargestBacklog);
                Change(options => options with { FastOpen = number > 0 });
                break;
            case TcpSocketOption.FastOpenConnect when number is 0 or 1 && !_isConnected && _listener is null:
                _isFastOpenConnect = number == 1;
                Change(options => options with { FastOpen = _isFastOpenConnect || _fastOpenQueue > 0 });
                break;
            default:
                throw Failure(TryGetTcpOption(option, out _) ? SocketError.InvalidArgument : SocketError.ProtocolOption);
        }
    }

    /// <summary>Changes the choices of the connections to come, and of the one there is.</summary>
    private void Change(Func<TcpConnectionOptions, TcpConnectionOptions> change)
    {
        lock (_sync)
        {
            Volatile.Write(ref _choices, change(_choices));
            PassOnChoices();
        }
    }

    /// <summary>Behind the lock: tells the connection, or the listener, what was chosen since it was made.</summary>
    private void PassOnChoices()
    {
        if (_tcp is { } tcp && tcp.Connection.Options != _choices)
        {
            tcp.Connection.Options = _choices;
        }
        else if (_listener is { } listener && listener.Options != _choices)
        {
            listener.Options = _choices;
        }
    }

    private int MaximumSegment(TcpConnectionOptions choices) => _tcp is { } tcp
        ? Stack.Block(new ValueTask<TcpSnapshot>(tcp.Connection.TakeSnapshotAsync())).SegmentBytes
        : choices.MaximumSegmentBytes > 0 ? choices.MaximumSegmentBytes : DefaultSegmentBytes;

    private void SetCork(bool isCorked)
    {
        _isCorked = isCorked;
        if (_tcp is not { } tcp)
        {
            return;
        }

        if (isCorked)
        {
            // Waits for its turn: what is sent after it must not overtake it.
            Stack.Block(TryAsync(tcp.Connection.CorkAsync));
        }
        else
        {
            _ = TryAsync(tcp.Connection.UncorkAsync);
        }
    }

    private void SetQuickAcknowledgment(bool isQuick)
    {
        // Switched off, it ends by itself: the machine goes back to delayed acknowledgments.
        _isQuick = isQuick;
        if (isQuick && _tcp is { } tcp)
        {
            _ = TryAsync(tcp.Connection.QuickAcknowledgeAsync);
        }
    }

    private void SetCongestionControl(ReadOnlySpan<byte> value)
    {
        int end = value.IndexOf((byte)0);
        string name = Encoding.ASCII.GetString(value[..Math.Min(end < 0 ? value.Length : end, CongestionNameBytes - 1)]);
        if (!CongestionControl.TryFind(name == "reno" ? "newreno" : name, out Func<ulong, ICongestionController>? controller))
        {
            // Linux's ENOENT.
            throw Failure(SocketError.AddressNotAvailable);
        }

        if (_tcp is null)
        {
            Change(options => options with { CongestionController = controller });
        }
        else if (name != CongestionControlName())
        {
            // It is settled by the handshake.
            throw Failure(SocketError.InvalidArgument);
        }
    }

    /// <summary>The name by which Linux knows the congestion control.</summary>
    private string CongestionControlName()
    {
        ICongestionController controller = Volatile.Read(ref _choices).CongestionController?.Invoke(0) ?? new Cubic();
        return controller.Name == "newreno" ? "reno" : controller.Name;
    }
}
