using System.IO.Pipelines;

namespace NetStack.Sockets.Tests.Pipes;

/// <summary>The platform's own pipe: what the suite asks for is what programs get today.</summary>
public sealed class PlatformPipeTests : PipeBehavior
{
    public override Task InitializeAsync()
    {
        Pipe pipe = new();
        Writer = pipe.Writer;
        Reader = pipe.Reader;
        return Task.CompletedTask;
    }

    public override async Task DisposeAsync()
    {
        await Writer.CompleteAsync();
        await Reader.CompleteAsync();
    }
}
