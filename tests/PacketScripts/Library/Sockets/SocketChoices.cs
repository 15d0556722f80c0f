using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.PacketScripts;

/// <summary>The options of SOL_SOCKET and SOL_IP that a socket remembers.</summary>
internal sealed class SocketChoices
{
    // What Linux has before anybody changes anything: net.core.wmem_max and rmem_max, and the least.
    private const int GreatestBuffer = 212_992;
    private const int LeastSendBuffer = 4_608;
    private const int LeastReceiveBuffer = 2_304;
    private const int LingerBytes = 8;

    private readonly Dictionary<int, int> _numbers = [];
    private readonly Dictionary<int, int> _ipNumbers = [];

    /// <summary>The send buffer as Linux tells it: twice what was asked for. Null before anybody asked.</summary>
    public int? SendBuffer { get; private set; }

    public int? ReceiveBuffer { get; private set; }

    /// <summary>How long close(2) waits; null where it does not.</summary>
    public int? LingerSeconds { get; private set; }

    public Duration? ReceiveTimeout { get; private set; }

    public Duration? SendTimeout { get; private set; }

    public int ReceiveLowWater => Math.Max(_numbers.GetValueOrDefault(LinuxOption.ReceiveLowWater, 1), 1);

    public byte TypeOfService => (byte)_ipNumbers.GetValueOrDefault(LinuxOption.TypeOfService);

    public byte TimeToLive => (byte)_ipNumbers.GetValueOrDefault(LinuxOption.TimeToLive);

    public bool IsFreeBind => _ipNumbers.GetValueOrDefault(LinuxOption.FreeBind) != 0;

    /// <summary>Whether IP_MTU_DISCOVER asks for the don't-fragment bit: IP_PMTUDISC_DO or IP_PMTUDISC_PROBE.</summary>
    public bool DoesNotFragment => _ipNumbers.GetValueOrDefault(LinuxOption.MtuDiscover, 1) is 2 or 3;

    /// <summary>What a connection that a listening socket accepts starts with.</summary>
    public SocketChoices Inherit()
    {
        SocketChoices copy = new()
        {
            SendBuffer = SendBuffer,
            ReceiveBuffer = ReceiveBuffer,
            LingerSeconds = LingerSeconds,
            ReceiveTimeout = ReceiveTimeout,
            SendTimeout = SendTimeout,
        };
        foreach ((int option, int number) in _numbers)
        {
            copy._numbers[option] = number;
        }

        foreach ((int option, int number) in _ipNumbers)
        {
            copy._ipNumbers[option] = number;
        }

        return copy;
    }

    public bool IsOn(int option) => _numbers.GetValueOrDefault(option) != 0;

    public int Get(int option, Span<byte> value)
    {
        switch (option)
        {
            case LinuxOption.SendBuffer:
                return OptionValue.Write(SendBuffer ?? DefaultSendBuffer, value);
            case LinuxOption.ReceiveBuffer:
                return OptionValue.Write(ReceiveBuffer ?? DefaultReceiveBuffer, value);
            case LinuxOption.Linger:
                Span<byte> linger = stackalloc byte[LingerBytes];
                BinaryPrimitives.WriteInt32LittleEndian(linger, LingerSeconds is null ? 0 : 1);
                BinaryPrimitives.WriteInt32LittleEndian(linger[4..], LingerSeconds ?? 0);
                return OptionValue.Write(linger, value);
            case LinuxOption.ReceiveTimeout:
                return OptionValue.WriteTime(ReceiveTimeout, value);
            case LinuxOption.SendTimeout:
                return OptionValue.WriteTime(SendTimeout, value);
            case LinuxOption.ReceiveLowWater:
                return OptionValue.Write(ReceiveLowWater, value);
            case LinuxOption.SendLowWater:
                return OptionValue.Write(1, value);
            default:
                return IsNumber(option) || IsSwitch(option)
                    ? OptionValue.Write(_numbers.GetValueOrDefault(option), value)
                    : -LinuxError.NoProtocolOption;
        }
    }

    public int Set(int option, ReadOnlySpan<byte> value)
    {
        switch (option)
        {
            case LinuxOption.Linger:
                return SetLinger(value);
            case LinuxOption.ReceiveTimeout:
                int result = OptionValue.ReadTime(value, out Duration? receiveTimeout);
                ReceiveTimeout = result == 0 ? receiveTimeout : ReceiveTimeout;
                return result;
            case LinuxOption.SendTimeout:
                result = OptionValue.ReadTime(value, out Duration? sendTimeout);
                SendTimeout = result == 0 ? sendTimeout : SendTimeout;
                return result;
        }

        if (!OptionValue.TryRead(value, out int number))
        {
            return -LinuxError.Invalid;
        }

        switch (option)
        {
            case LinuxOption.SendBuffer:
                SendBuffer = Doubled(Math.Min((uint)number, GreatestBuffer), LeastSendBuffer);
                return 0;
            case LinuxOption.SendBufferForce:
                SendBuffer = Doubled((uint)Math.Max(number, 0), LeastSendBuffer);
                return 0;
            case LinuxOption.ReceiveBuffer:
                ReceiveBuffer = Doubled(Math.Min((uint)number, GreatestBuffer), LeastReceiveBuffer);
                return 0;
            case LinuxOption.ReceiveBufferForce:
                ReceiveBuffer = Doubled((uint)Math.Max(number, 0), LeastReceiveBuffer);
                return 0;
            case LinuxOption.ReceiveLowWater:
                _numbers[option] = number < 0 ? int.MaxValue : Math.Max(number, 1);
                return 0;
            case LinuxOption.Type or LinuxOption.Protocol or LinuxOption.Domain or LinuxOption.Error or LinuxOption.AcceptsConnections or LinuxOption.SendLowWater:
                return -LinuxError.NoProtocolOption;
            default:
                if (!IsNumber(option) && !IsSwitch(option))
                {
                    return -LinuxError.NoProtocolOption;
                }

                _numbers[option] = IsSwitch(option) ? number != 0 ? 1 : 0 : number;
                return 0;
        }
    }

    public int GetIp(int option, Span<byte> value) => option switch
    {
        LinuxOption.TypeOfService => OptionValue.Write(TypeOfService, value),
        LinuxOption.TimeToLive => OptionValue.Write(TimeToLive == 0 ? 64 : TimeToLive, value),
        LinuxOption.MtuDiscover => OptionValue.Write(_ipNumbers.GetValueOrDefault(option, 1), value),
        LinuxOption.ReceiveErrors or LinuxOption.FreeBind => OptionValue.Write(_ipNumbers.GetValueOrDefault(option), value),
        _ => -LinuxError.NoProtocolOption,
    };

    public int SetIp(int option, ReadOnlySpan<byte> value)
    {
        // These options may come as a single byte.
        int number = value.Length is > 0 and < sizeof(int) ? value[0] : OptionValue.TryRead(value, out int whole) ? whole : 0;
        switch (option)
        {
            case LinuxOption.TypeOfService:
                // The two bits of ECN are not the application's.
                _ipNumbers[option] = number & 0xFC;
                return 0;
            case LinuxOption.TimeToLive:
                if (number is not (-1 or (>= 1 and <= 255)))
                {
                    return -LinuxError.Invalid;
                }

                _ipNumbers[option] = number == -1 ? 0 : number;
                return 0;
            case LinuxOption.MtuDiscover:
                if (number is < 0 or > 5)
                {
                    return -LinuxError.Invalid;
                }

                _ipNumbers[option] = number;
                return 0;
            case LinuxOption.ReceiveErrors or LinuxOption.FreeBind:
                _ipNumbers[option] = number != 0 ? 1 : 0;
                return 0;
            default:
                return -LinuxError.NoProtocolOption;
        }
    }

    // net.ipv4.tcp_wmem and tcp_rmem, the middle ones.
    private const int DefaultSendBuffer = 16_384;
    private const int DefaultReceiveBuffer = 131_072;

    private static int Doubled(uint number, int least) => (int)Math.Clamp(2L * number, least, int.MaxValue);

    private static bool IsSwitch(int option) => option is LinuxOption.ReuseAddress or LinuxOption.ReusePort or LinuxOption.KeepAlive
        or LinuxOption.Broadcast or LinuxOption.OutOfBandInline;

    private static bool IsNumber(int option) => option is LinuxOption.Priority or LinuxOption.Mark or LinuxOption.MaximumPacingRate;

    private int SetLinger(ReadOnlySpan<byte> value)
    {
        if (value.Length < LingerBytes)
        {
            return -LinuxError.Invalid;
        }

        int seconds = BinaryPrimitives.ReadInt32LittleEndian(value[4..]);
        LingerSeconds = BinaryPrimitives.ReadInt32LittleEndian(value) == 0 ? null : Math.Max(seconds, 0);
        return 0;
    }
}
