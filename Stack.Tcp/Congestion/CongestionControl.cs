using System.Diagnostics.CodeAnalysis;

namespace NetStack.Tcp;

/// <summary>The congestion controllers by name.</summary>
public static class CongestionControl
{
    /// <summary>The names, the default first.</summary>
    public static IReadOnlyList<string> Names { get; } = ["cubic", "newreno", "bbr"];

    /// <summary>Finds what makes the controller of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>, in small letters.</param>
    /// <param name="controller">Makes a controller from a seed, for <see cref="TcpConnectionOptions.CongestionController"/>.</param>
    public static bool TryFind(string name, [NotNullWhen(true)] out Func<ulong, ICongestionController>? controller)
    {
        controller = name switch
        {
            "cubic" => static _ => new Cubic(),
            "newreno" => static _ => new NewReno(),
            "bbr" => static seed => new Bbr(seed),
            _ => null,
        };
        return controller is not null;
    }
}
