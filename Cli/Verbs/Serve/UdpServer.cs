using System.Net;
using System.Net.Sockets;
using NetStack.Sockets;

namespace NetStack.Cli.Verbs.Serve;

/// <summary>Receives datagrams and answers each with at most one.</summary>
internal sealed class UdpServer : IAsyncDisposable
{
    private readonly DatagramSocket _socket;
    private readonly DatagramAnswer _answer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private UdpServer(DatagramSocket socket, DatagramAnswer answer)
    {
        _socket = socket;
        _answer = answer;
        _running = RunAsync();
    }

    /// <summary>Binds the port on every address of a stack.</summary>
    /// <exception cref="SocketException">The port is in use.</exception>
    public static async Task<UdpServer> StartAsync(NetworkStack stack, int port, DatagramAnswer answer) =>
        new(await stack.BindAsync(new IPEndPoint(IPAddress.Any, port)).ConfigureAwait(false), answer);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await _socket.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        byte[] buffer = new byte[DatagramSocket.MaximumPayloadBytes];
        while (true)
        {
            try
            {
                ReceivedDatagram received = await _socket.ReceiveAsync(buffer, _stop.Token).ConfigureAwait(false);
                ReadOnlyMemory<byte>? answer = IsAnswerer(received.Source.Port) ? null : _answer(buffer.AsMemory(0, received.Bytes));
                if (answer is { } payload)
                {
                    await _socket.SendAsync(payload, received.Source, _stop.Token).ConfigureAwait(false);
                }
            }
            catch (SocketException)
            {
                // An answer that could not be delivered is the asker's loss.
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <summary>
    /// Whether a source port is that of a service which answers everything (echo, daytime, qotd, chargen, time): a forged
    /// datagram from there would have two servers answer each other for ever.
    /// </summary>
    private static bool IsAnswerer(int port) => port is 7 or 13 or 17 or 19 or 37;
}
