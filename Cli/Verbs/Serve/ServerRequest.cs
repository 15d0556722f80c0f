namespace NetStack.Cli.Verbs.Serve;

/// <summary>Which services to run, and on which ports; null for not at all.</summary>
internal sealed class ServerRequest
{
    public const int DefaultEchoPort = 7;
    public const int DefaultDiscardPort = 9;
    public const int DefaultChargenPort = 19;
    public const int DefaultHttpPort = 80;

    public int? HttpPort { get; init; }

    public int? EchoPort { get; init; }

    public int? DiscardPort { get; init; }

    public int? ChargenPort { get; init; }
}
