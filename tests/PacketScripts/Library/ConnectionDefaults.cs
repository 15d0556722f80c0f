using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.PacketScripts;

/// <summary>What flags mean for the stack and for the connections of its sockets.</summary>
internal static class ConnectionDefaults
{
    public static TcpOptions Stack(StackFlags flags) => new()
    {
        Connection = Connection(flags),
        SynCookies = flags.SynCookies,
    };

    private static TcpConnectionOptions Connection(StackFlags flags)
    {
        CongestionControls.TryFind(flags.CongestionControl, out Func<ICongestionController>? congestion);
        return new TcpConnectionOptions
        {
            Timestamps = flags.Timestamps,
            SelectiveAcknowledgments = flags.Sack,
            WindowScale = flags.WindowScale,
            AcknowledgmentDelay = Duration.FromMilliseconds(flags.DelayedAcknowledgmentMilliseconds),
            InitialRetransmissionTimeout = Duration.FromMilliseconds(flags.InitialTimeoutMilliseconds),
            MinimumRetransmissionTimeout = Duration.FromMilliseconds(flags.MinimumTimeoutMilliseconds),
            CongestionController = congestion,
        };
    }
}
