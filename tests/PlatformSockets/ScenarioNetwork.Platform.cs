using System.Net;

namespace SocketScenarios;

/// <content>The kernel's loopback.</content>
public sealed partial class ScenarioNetwork : IAsyncDisposable
{
    private readonly List<Socket> _held = [];

    public IPAddress ServerAddress { get; } = IPAddress.Loopback;

    public IDisposable? EnterServer() => null;

    public IDisposable? EnterClient() => null;

    /// <summary>Where a connect is neither answered nor refused: a listener whose queue is full.</summary>
    public async Task<IPEndPoint> UnansweredAsync()
    {
        Socket listener = ServerSocket();
        listener.Bind(new IPEndPoint(ServerAddress, 0));
        listener.Listen(0);
        _held.Add(listener);
        IPEndPoint full = (IPEndPoint)listener.LocalEndPoint!;
        while (true)
        {
            Socket client = ClientSocket();
            _held.Add(client);
            using CancellationTokenSource soon = new(300);
            try
            {
                await client.ConnectAsync(full, soon.Token);
            }
            catch (OperationCanceledException)
            {
                return full;
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (Socket socket in _held)
        {
            socket.Dispose();
        }

        return ValueTask.CompletedTask;
    }
}
