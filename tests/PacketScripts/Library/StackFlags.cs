using System.Globalization;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.PacketScripts;

/// <summary>What the flags of a script runner choose: comma-separated <c>key=value</c>. What is not named has its default.</summary>
internal sealed class StackFlags
{
    private const int LeastMtuBytes = 68;

    /// <summary>Our address.</summary>
    public IpAddress Local { get; private set; } = IpAddress.Parse("192.168.0.1");

    /// <summary>The length of our network's prefix.</summary>
    public int PrefixLength { get; private set; } = 16;

    /// <summary>The router. The device takes the whole world as on-link, so no packet is ever sent to it.</summary>
    public IpAddress Gateway { get; private set; } = IpAddress.Parse("192.168.0.1");

    /// <summary>The peer's address.</summary>
    public IpAddress Remote { get; private set; } = IpAddress.Parse("192.0.2.1");

    /// <summary>The largest packet of the device.</summary>
    public int MtuBytes { get; private set; } = 1500;

    /// <summary>The name of the congestion control.</summary>
    public string CongestionControl { get; private set; } = "cubic";

    public bool Sack { get; private set; } = true;

    public bool Timestamps { get; private set; } = true;

    /// <summary>The window scale offered; -1 for none.</summary>
    public int WindowScale { get; private set; } = 8;

    public bool Ecn { get; private set; }

    public bool FastOpen { get; private set; } = true;

    public SynCookieUse SynCookies { get; private set; } = SynCookieUse.WhenFull;

    public int DelayedAcknowledgmentMilliseconds { get; private set; } = 40;

    public int InitialTimeoutMilliseconds { get; private set; } = 1000;

    public int MinimumTimeoutMilliseconds { get; private set; } = 200;

    /// <summary>Whether the clock is that of the host, instead of one that moves only when it is asked or told.</summary>
    public bool UsesRealClock { get; private set; }

    public ulong Seed { get; private set; } = 1;

    /// <summary>Reads flags.</summary>
    /// <param name="text">The flags; null or empty for all defaults.</param>
    /// <param name="flags">What they choose.</param>
    /// <param name="complaint">One line that says which key or value is wrong.</param>
    public static bool TryParse(string? text, out StackFlags flags, out string complaint)
    {
        flags = new StackFlags();
        complaint = "";
        HashSet<string> seen = [];
        foreach (string pair in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? pair : pair[..equals];
            if (equals < 0)
            {
                complaint = $"flag '{pair}' has no value: write key=value";
                return false;
            }

            if (!seen.Add(key))
            {
                complaint = $"flag '{key}' is given twice";
                return false;
            }

            string value = pair[(equals + 1)..];
            if (flags.TrySet(key, value) is not { } isGood)
            {
                complaint = $"unknown flag '{key}'";
                return false;
            }

            if (!isGood)
            {
                complaint = $"flag '{key}' cannot be '{value}'";
                return false;
            }
        }

        return flags.IsConsistent(out complaint);
    }

    private bool IsConsistent(out string complaint)
    {
        complaint = Local.IsIPv4 != Remote.IsIPv4 || Local.IsIPv4 != Gateway.IsIPv4
            ? "flags 'local', 'gateway' and 'remote' are of two families"
            : PrefixLength > (Local.IsIPv4 ? 32 : 128) ? $"flag 'prefix' is longer than an address: {PrefixLength}" : "";
        return complaint.Length == 0;
    }

    /// <returns>Whether the value is good; null where there is no such key.</returns>
    private bool? TrySet(string key, string value)
    {
        bool isGood;
        switch (key)
        {
            case "local":
                isGood = TryAddress(value, out IpAddress local) && !local.IsAny && !local.IsMulticast && !local.IsLoopback;
                Local = local;
                return isGood;
            case "gateway":
                isGood = TryAddress(value, out IpAddress gateway);
                Gateway = gateway;
                return isGood;
            case "remote":
                isGood = TryAddress(value, out IpAddress remote) && !remote.IsAny;
                Remote = remote;
                return isGood;
            case "prefix":
                isGood = TryNumber(value, 0, 128, out int prefix);
                PrefixLength = prefix;
                return isGood;
            case "mtu":
                isGood = TryNumber(value, LeastMtuBytes, ushort.MaxValue, out int mtu);
                MtuBytes = mtu;
                return isGood;
            case "cc":
                CongestionControl = value;
                return CongestionControls.IsKnown(value);
            case "window_scale":
                isGood = value == "off" || TryNumber(value, 0, 14, out _);
                WindowScale = value == "off" || !isGood ? -1 : int.Parse(value, CultureInfo.InvariantCulture);
                return isGood;
            default:
                return TrySetSwitch(key, value) ?? TrySetTime(key, value);
        }
    }

    private bool? TrySetSwitch(string key, string value)
    {
        bool isOn = value == "1";
        bool isGood = isOn || value == "0";
        switch (key)
        {
            case "sack":
                Sack = isOn;
                return isGood;
            case "timestamps":
                Timestamps = isOn;
                return isGood;
            case "ecn":
                Ecn = isOn;
                return isGood;
            case "fastopen":
                FastOpen = isOn;
                return isGood;
            case "syncookies":
                SynCookies = value switch { "always" => SynCookieUse.Always, "1" => SynCookieUse.WhenFull, _ => SynCookieUse.Never };
                return isGood || value == "always";
            case "clock":
                UsesRealClock = value == "real";
                return value is "real" or "virtual";
            default:
                return null;
        }
    }

    private bool? TrySetTime(string key, string value)
    {
        bool isGood = TryNumber(value, key == "delayed_ack_ms" ? 0 : 1, 600_000, out int milliseconds);
        switch (key)
        {
            case "delayed_ack_ms":
                DelayedAcknowledgmentMilliseconds = milliseconds;
                return isGood;
            case "rto_initial_ms":
                InitialTimeoutMilliseconds = milliseconds;
                return isGood;
            case "rto_min_ms":
                MinimumTimeoutMilliseconds = milliseconds;
                return isGood;
            case "seed":
                isGood = ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed);
                Seed = seed;
                return isGood;
            default:
                return null;
        }
    }

    private static bool TryAddress(string text, out IpAddress address) => IpAddress.TryParse(text, out address);

    private static bool TryNumber(string text, int least, int greatest, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && number <= greatest;
}
