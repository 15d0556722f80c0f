using System.Net;

namespace NetStack.Sockets.Tests.Pipes;

/// <summary>The writer of one end of a TCP connection and the reader of the other, on two stacks with a cable between them.</summary>
public sealed class ZeroCopyPipeTests : PipeBehavior
{
    private readonly TwoStacks _stacks = new();
    private NetworkConnection _client = null!;
    private NetworkConnection _server = null!;

    public override async Task InitializeAsync()
    {
        await using NetworkListener listener = await _stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 7));
        Task<NetworkConnection> accept = listener.AcceptAsync().AsTask();
        _client = await _stacks.Left.ConnectAsync(new IPEndPoint(TwoStacks.RightAddress, 7));
        _server = await accept;
        Writer = _client.Output;
        Reader = _server.Input;
    }

    public override async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        await _stacks.DisposeAsync();
        _stacks.AssertNothingOutstanding();
    }
}
