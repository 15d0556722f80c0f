using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using NetStack.IP;
using NetStack.Peers;

namespace NetStack.Differential.Tests;

/// <summary>
/// The Linux kernel's TCP in a namespace of its own behind a TUN: what is written to the TUN arrives at the kernel within
/// the call, and what the kernel answers can be read right after. Its settings take away what depends on time.
/// </summary>
internal sealed class KernelStack : IDisposable
{
    private const string Interface = "tun0";
    private const int InterfaceNameBytes = 16;

    private readonly NetworkNamespace _space;
    private int _tun = -1;

    private KernelStack(NetworkNamespace space) => _space = space;

    public static IpAddress Address { get; } = IpAddress.Parse("10.77.0.1");

    public static IpAddress PeerAddress { get; } = IpAddress.Parse("10.77.0.2");

    public static async Task<KernelStack> CreateAsync(OptionSet options)
    {
        KernelStack created = new(await NetworkNamespace.CreateAsync());
        try
        {
            created._space.Enter(() =>
            {
                created.OpenTun();
                Configure(options);
            });
            await created._space.IpAsync($"link set dev {Interface} mtu {OptionSet.MtuBytes} gso_max_segs 1 up");
            await created._space.IpAsync($"address add {Address}/32 dev {Interface}");

            // No acknowledgment is delayed, and no retransmission timer expires while a program runs.
            await created._space.IpAsync($"route add {PeerAddress}/32 dev {Interface} src {Address} quickack 1 rto_min 20s");
            return created;
        }
        catch
        {
            created.Dispose();
            throw;
        }
    }

    /// <summary>Runs code on a thread that is in the namespace: sockets made there belong to it.</summary>
    public void Enter(Action code) => _space.Enter(code);

    public unsafe void Inject(ReadOnlySpan<byte> packet)
    {
        fixed (byte* bytes = packet)
        {
            Require(LibC.Write(_tun, bytes, (nuint)packet.Length), "write to the TUN");
        }
    }

    /// <summary>The next packet the kernel has sent; null where there is none.</summary>
    public unsafe byte[]? TryTake()
    {
        byte* buffer = stackalloc byte[4096];
        nint length = LibC.Read(_tun, buffer, 4096);
        if (length < 0 && Marshal.GetLastPInvokeError() == LibC.TryAgain)
        {
            return null;
        }

        Require(length, "read from the TUN");
        return new ReadOnlySpan<byte>(buffer, (int)length).ToArray();
    }

    public void Dispose()
    {
        if (_tun >= 0)
        {
            _ = LibC.Close(_tun);
        }

        _space.Dispose();
    }

    public static void Require(nint result, string doing)
    {
        if (result < 0)
        {
            throw new PeerException($"{doing}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    private unsafe void OpenTun()
    {
        _tun = LibC.Open("/dev/net/tun", LibC.ReadWrite | LibC.NonBlocking | LibC.CloseOnExec);
        Require(_tun, "open /dev/net/tun");
        byte* request = stackalloc byte[40];
        Span<byte> bytes = new(request, 40);
        bytes.Clear();
        Encoding.ASCII.GetBytes(Interface, bytes);
        MemoryMarshal.Write(bytes[InterfaceNameBytes..], (short)(LibC.Tun | LibC.NoPacketHeader));
        Require(LibC.Control(_tun, LibC.SetTunInterface, request), "make the TUN");
    }

    private static void Configure(OptionSet options)
    {
        Set("tcp_timestamps", options.Timestamps ? "1" : "0");
        Set("tcp_sack", options.Sack ? "1" : "0");
        Set("tcp_dsack", options.Sack ? "1" : "0");
        Set("tcp_window_scaling", options.WindowScale ? "1" : "0");
        int receive = options.KernelReceiveBufferBytes;
        Set("tcp_rmem", string.Create(CultureInfo.InvariantCulture, $"4096 {receive} {OptionSet.KernelReceiveMaximumBytes}"));
        Set("tcp_wmem", string.Create(CultureInfo.InvariantCulture, $"4096 {OptionSet.KernelSendBufferBytes} {OptionSet.KernelSendBufferBytes}"));
        Set("tcp_moderate_rcvbuf", "0");
        Set("tcp_congestion_control", "reno");
        Set("tcp_ecn", "0");
        Set("tcp_fastopen", "0");
        Set("tcp_early_retrans", "0");
        Set("tcp_autocorking", "0");
        Set("tcp_no_metrics_save", "1");
        Set("tcp_slow_start_after_idle", "0");
        Set("tcp_syncookies", "0");
        Set("tcp_rfc1337", "1");
        Set("tcp_tw_reuse", "0");

        // Nothing is throttled: how many acknowledgments may go out would depend on the time between them.
        Set("tcp_challenge_ack_limit", int.MaxValue.ToString(CultureInfo.InvariantCulture));
        Set("tcp_invalid_ratelimit", "0");
        Set("tcp_comp_sack_nr", "0");
    }

    private static void Set(string setting, string value)
    {
        // A kernel that lacks the setting lacks what it would switch.
        string path = "/proc/sys/net/ipv4/" + setting;
        if (File.Exists(path))
        {
            File.WriteAllText(path, value);
        }
    }
}
