using System.Net;
using NetStack.Sockets.Tests;

namespace SocketScenarios;

/// <content>Two stacks with a cable between them.</content>
public sealed partial class ScenarioNetwork : IAsyncDisposable
{
    private readonly TwoStacks _stacks = new();

    public IPAddress ServerAddress { get; } = TwoStacks.RightAddress;

    public IDisposable? EnterServer() => _stacks.Right.Enter();

    public IDisposable? EnterClient() => _stacks.Left.Enter();

    /// <summary>Where a connect is neither answered nor refused: an address that nobody has.</summary>
    public Task<IPEndPoint> UnansweredAsync() => Task.FromResult(new IPEndPoint(IPAddress.Parse("10.0.0.77"), 7));

    public async ValueTask DisposeAsync()
    {
        await _stacks.DisposeAsync();
        _stacks.AssertNothingOutstanding();
    }
}
