using System.Diagnostics.CodeAnalysis;
using NetStack.Tcp;

namespace NetStack.PacketScripts;

/// <summary>The congestion controls by the names that flags and <c>TCP_CONGESTION</c> have for them.</summary>
internal static class CongestionControls
{
    /// <summary>Whether flags may name it.</summary>
    public static bool IsKnown(string name) => name is "newreno" or "cubic";

    /// <summary>The name that a socket tells: Linux calls its NewReno <c>reno</c>.</summary>
    public static string SocketName(string name) => name == "newreno" ? "reno" : name;

    /// <summary>The factory of a control.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out Func<ulong, ICongestionController>? factory) =>
        CongestionControl.TryFind(name == "reno" ? "newreno" : name, out factory);
}
