using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.PacketScripts;

/// <summary>What flags mean for the stack and for the connections of its sockets.</summary>
internal static class ConnectionDefaults
{
    /// <summary>The payload that may be queued before anybody asks for another size.</summary>
    private const int SendBufferBytes = 256 * 1024;

    public static TcpOptions Stack(StackFlags flags) => new()
    {
        Connection = Connection(flags),
        SynCookies = flags.SynCookies,
    };

    private const int LinuxSynRetries = 6;

    private static TcpConnectionOptions Connection(StackFlags flags)
    {
        CongestionControls.TryFind(flags.CongestionControl, out Func<ulong, ICongestionController>? congestion);
        return new TcpConnectionOptions
        {
            SendBufferBytes = SendBufferBytes,
            Ecn = flags.Ecn ? EcnUse.Ask : EcnUse.Off,
            Timestamps = flags.Timestamps,
            SelectiveAcknowledgments = flags.Sack,
            WindowScale = flags.WindowScale,
            AcknowledgmentDelay = Duration.FromMilliseconds(flags.DelayedAcknowledgmentMilliseconds),
            InitialRetransmissionTimeout = Duration.FromMilliseconds(flags.InitialTimeoutMilliseconds),
            MinimumRetransmissionTimeout = Duration.FromMilliseconds(flags.MinimumTimeoutMilliseconds),
            CongestionController = congestion,
            SynRetries = LinuxSynRetries,
        };
    }
}
