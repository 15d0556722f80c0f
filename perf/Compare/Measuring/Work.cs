namespace NetStack.Compare.Measuring;

/// <summary>A kind of work of the client, named from the stack's side, and what is told of it.</summary>
/// <param name="Name">The client's name for it.</param>
/// <param name="Title">What it is, in words.</param>
/// <param name="Unit">Of the value.</param>
/// <param name="IsTime">Whether less is better.</param>
/// <param name="Value">The value of a measurement.</param>
internal sealed record Work(string Name, string Title, string Unit, bool IsTime, Func<ClientReport, double> Value)
{
    private const double BitsPerByte = 8;
    private const string Reflect = "reflect";

    /// <summary>All kinds, in the order in which they are told.</summary>
    public static IReadOnlyList<Work> All { get; } =
    [
        new("receive", "bulk TCP, the stack receives", "Gbit/s", IsTime: false, Gigabits),
        new("send", "bulk TCP, the stack sends", "Gbit/s", IsTime: false, Gigabits),
        new("tcp-rr", "TCP request and response of 64 B, p50", "us", IsTime: true, report => report.P50),
        new("udp-rr", "UDP request and response of 64 B, p50", "us", IsTime: true, report => report.P50),
        new("udp-echo", "UDP echo of 64 B, 64 in flight", "k/s", IsTime: false, Thousands),
        new(Reflect, "datagrams of 64 B sent back by the loop at the device, 64 in flight", "k/s", IsTime: false, Thousands),
        new("connect", "connect, echo of 64 B, reset", "k/s", IsTime: false, Thousands),
        new("http", "HTTP keep-alive, 64 connections", "k/s", IsTime: false, Thousands),
        new("http-pipelined", "HTTP pipelined by 16, 64 connections", "k/s", IsTime: false, Thousands),
    ];

    /// <summary>Whether it asks for pages, which some contenders alone serve.</summary>
    public bool IsPages => Name.StartsWith("http", StringComparison.Ordinal);

    /// <summary>Whether it takes no stack at all, but a device.</summary>
    public bool IsOfDevice => Name == Reflect;

    /// <summary>How many times as fast one value is as another; more is better for times, too.</summary>
    public double Speed(double value, double other) => IsTime ? other / value : value / other;

    private static double Gigabits(ClientReport report) => report.Bytes * BitsPerByte / report.Seconds / 1e9;

    private static double Thousands(ClientReport report) => report.Count / report.Seconds / 1e3;
}
