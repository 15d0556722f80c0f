namespace NetStack.Cli.Verbs.Bench;

/// <summary>Work for the machines of the stack in memory, done turn by turn on one thread, the answers checked.</summary>
internal interface IWorkload : IDisposable
{
    /// <summary>The packets that went the whole way and were found right.</summary>
    long Packets { get; }

    /// <summary>The bytes that count as moved: those of whole frames, or with TCP of the application's data.</summary>
    long Bytes { get; }

    /// <summary>What is to be said of the figures besides, or null.</summary>
    string? Remark => null;

    /// <summary>What was wrong first, or null.</summary>
    string? Fault { get; }

    /// <summary>One turn of the loop.</summary>
    void Turn();
}
