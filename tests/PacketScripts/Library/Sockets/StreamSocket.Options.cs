using System.Text;
using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.PacketScripts;

// SOL_TCP.
internal sealed partial class StreamSocket
{
    private const int NameBytes = 16;
    private const int DefaultSegmentBytes = 536;
    private const int DefaultLinger2Seconds = 60;
    private const int GreatestLinger2Seconds = 120;

    private uint _notSentLowWater;
    private bool _tellsInQueue;
    private bool _isQuick = true;
    private int _linger2Seconds;
    private int _deferredRetries;
    private int _windowClamp;
    private int _fastOpenQueue;
    private bool _isFastOpenConnect;
    private string? _congestionName;

    public override int GetOption(int level, int option, Span<byte> value)
    {
        if (level != LinuxOption.LevelTcp)
        {
            return base.GetOption(level, option, value);
        }

        switch (option)
        {
            case LinuxOption.Congestion:
                Span<byte> name = stackalloc byte[NameBytes];
                name.Clear();
                Encoding.ASCII.GetBytes(_congestionName ?? CongestionControls.SocketName(Host.Flags.CongestionControl), name);
                return OptionValue.Write(name, value);
            case LinuxOption.TcpInformation:
                Span<byte> information = stackalloc byte[TcpInformation.LengthBytes];
                WriteInformation(information);
                return OptionValue.Write(information, value);
            default:
                return TryGetNumber(option, out int number) ? OptionValue.Write(number, value) : -LinuxError.NoProtocolOption;
        }
    }

    public override int SetOption(int level, int option, ReadOnlySpan<byte> value)
    {
        if (level != LinuxOption.LevelTcp)
        {
            return base.SetOption(level, option, value);
        }

        if (option == LinuxOption.Congestion)
        {
            return SetCongestion(value);
        }

        if (!OptionValue.TryRead(value, out int number))
        {
            return TryGetNumber(option, out _) ? -LinuxError.Invalid : -LinuxError.NoProtocolOption;
        }

        int result = SetConnectionOption(option, number);
        return result == 0 ? ChoicesChanged() : result;
    }

    protected override int ChoicesChanged()
    {
        TcpConnectionOptions before = _options;
        _options = _options with
        {
            KeepAlive = Choices.IsOn(LinuxOption.KeepAlive),
            SendBufferBytes = Choices.SendBuffer ?? _options.SendBufferBytes,

            // Linux keeps half of a receive buffer for the overhead of packets.
            ReceiveBufferBytes = Choices.ReceiveBuffer / 2 ?? _options.ReceiveBufferBytes,
            TrafficClass = Choices.TypeOfService,
        };
        return _options == before ? 0 : Changed();
    }

    private bool TryGetNumber(int option, out int number)
    {
        number = option switch
        {
            LinuxOption.NoDelay => _options.NoDelay ? 1 : 0,
            LinuxOption.MaximumSegment => MaximumSegment,
            LinuxOption.Cork => _isCorked ? 1 : 0,
            LinuxOption.KeepIdle => Seconds(_options.KeepAliveTime),
            LinuxOption.KeepInterval => Seconds(_options.KeepAliveInterval),
            LinuxOption.KeepCount => _options.KeepAliveProbes,
            LinuxOption.SynCount => _options.SynRetries,
            LinuxOption.Linger2 => _linger2Seconds == 0 ? DefaultLinger2Seconds : _linger2Seconds,
            LinuxOption.DeferAccept => RetryTimes.ToSeconds(_deferredRetries),
            LinuxOption.WindowClamp => _windowClamp,
            LinuxOption.QuickAcknowledgment => _isQuick ? 1 : 0,
            LinuxOption.UserTimeout => (int)_options.UserTimeout.Milliseconds,
            LinuxOption.FastOpen => _fastOpenQueue,
            LinuxOption.FastOpenConnect => _isFastOpenConnect ? 1 : 0,
            LinuxOption.Timestamp => (int)(uint)Host.Now.Milliseconds,
            LinuxOption.NotSentLowWater => (int)_notSentLowWater,
            LinuxOption.InQueue => _tellsInQueue ? 1 : 0,
            _ => int.MinValue,
        };
        return number != int.MinValue;
    }

    private int SetConnectionOption(int option, int number)
    {
        switch (option)
        {
            case LinuxOption.NoDelay:
                _options = _options with { NoDelay = number != 0 };
                if (number != 0 && _connection is { IsCorked: true } corked)
                {
                    // What is held back goes out once, cork or not.
                    corked.Uncork(Host.Now);
                    Changed();
                    Host.Turn();
                    if (_isCorked)
                    {
                        corked.Cork();
                    }
                }

                return Changed();
            case LinuxOption.Cork:
                _isCorked = number != 0;
                if (_isCorked)
                {
                    _connection?.Cork();
                }
                else
                {
                    _connection?.Uncork(Host.Now);
                }

                return 0;
            case LinuxOption.MaximumSegment when number == 0 || number is >= 88 and <= 32_767:
                _options = _options with { MaximumSegmentBytes = number };
                return Changed();
            case LinuxOption.KeepIdle when number is >= 1 and <= 32_767:
                _options = _options with { KeepAliveTime = Duration.FromSeconds(number) };
                return Changed();
            case LinuxOption.KeepInterval when number is >= 1 and <= 32_767:
                _options = _options with { KeepAliveInterval = Duration.FromSeconds(number) };
                return Changed();
            case LinuxOption.KeepCount when number is >= 1 and <= 127:
                _options = _options with { KeepAliveProbes = number };
                return Changed();
            case LinuxOption.SynCount when number is >= 1 and <= 127:
                _options = _options with { SynRetries = number };
                return Changed();
            case LinuxOption.UserTimeout when number >= 0:
                _options = _options with { UserTimeout = Duration.FromMilliseconds(number) };
                return Changed();
            default:
                return SetSocketNumber(option, number);
        }
    }

    private int SetSocketNumber(int option, int number)
    {
        switch (option)
        {
            case LinuxOption.Linger2:
                _linger2Seconds = number is < 0 or > GreatestLinger2Seconds ? -1 : number;
                return 0;
            case LinuxOption.DeferAccept:
                _deferredRetries = RetryTimes.FromSeconds(number);
                return 0;
            case LinuxOption.WindowClamp when number != 0 || State == LinuxTcpState.Close:
                _windowClamp = number;
                return 0;
            case LinuxOption.QuickAcknowledgment:
                _isQuick = (number & 1) != 0;
                return 0;
            case LinuxOption.FastOpen when number >= 0 && State is LinuxTcpState.Close or LinuxTcpState.Listen:
                _fastOpenQueue = number;
                return Changed();
            case LinuxOption.FastOpenConnect when number is 0 or 1:
                if (!Host.Flags.FastOpen)
                {
                    return -LinuxError.NotSupported;
                }

                if (State != LinuxTcpState.Close)
                {
                    return -LinuxError.Invalid;
                }

                _isFastOpenConnect = number == 1;
                return 0;
            case LinuxOption.NotSentLowWater:
                _notSentLowWater = (uint)number;
                SpaceMayHaveOpened();
                return 0;
            case LinuxOption.InQueue when number is 0 or 1:
                _tellsInQueue = number == 1;
                return 0;
            case LinuxOption.Timestamp:
                return -LinuxError.NotPermitted;
            default:
                return TryGetNumber(option, out _) ? -LinuxError.Invalid : -LinuxError.NoProtocolOption;
        }
    }

    /// <summary>Before there is a peer: what was asked for, or what a peer without the option is taken to say.</summary>
    private int MaximumSegment => _connection is { SegmentBytes: > 0 } connection ? connection.SegmentBytes
        : _options.MaximumSegmentBytes != 0 ? _options.MaximumSegmentBytes
        : DefaultSegmentBytes;

    private int SetCongestion(ReadOnlySpan<byte> value)
    {
        int end = value.IndexOf((byte)0);
        string name = Encoding.ASCII.GetString(value[..Math.Min(end < 0 ? value.Length : end, NameBytes - 1)]);
        if (value.IsEmpty)
        {
            return -LinuxError.Invalid;
        }

        if (!CongestionControls.TryFind(name, out Func<ulong, ICongestionController>? factory))
        {
            return -LinuxError.NoEntry;
        }

        _congestionName = name;
        _options = _options with { CongestionController = factory };
        return Changed();
    }

    private int Changed()
    {
        if (_listener is not null)
        {
            _listener.Options = ListenOptions;
        }

        if (_connection is not null && !_isOver)
        {
            _connection.Change(_options, Host.Now);
        }

        return 0;
    }

    private void CopyStreamChoices(StreamSocket listener)
    {
        _notSentLowWater = listener._notSentLowWater;
        _tellsInQueue = listener._tellsInQueue;
        _isQuick = listener._isQuick;
        _linger2Seconds = listener._linger2Seconds;
        _windowClamp = listener._windowClamp;
        _congestionName = listener._congestionName;
        _isCorked = listener._isCorked;
    }

    private void WriteInformation(Span<byte> destination) => TcpInformation.Write(destination, (byte)State, _connection?.TakeSnapshot(Host.Now));

    private static int Seconds(Duration time) => (int)(time.Milliseconds / 1000);
}
