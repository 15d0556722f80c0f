using System.Net;
using NetStack.Sockets; // was: using System.Net.Sockets; nothing else in this file is different

namespace NetStack.Samples.EchoServer;

/// <summary>The echo server of the textbooks, with TcpListener and NetworkStream.</summary>
internal static class ListenerEcho
{
    public static async Task RunAsync(int port, CancellationToken cancellationToken)
    {
        using TcpListener listener = new(IPAddress.Any, port);
        listener.Start();
        while (true)
        {
            TcpClient client = await listener.AcceptTcpClientAsync(cancellationToken);
            _ = ServeAsync(client);
        }
    }

    private static async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using NetworkStream stream = client.GetStream();
                byte[] buffer = new byte[16 * 1024];
                int received;
                while ((received = await stream.ReadAsync(buffer)) > 0)
                {
                    await stream.WriteAsync(buffer.AsMemory(0, received));
                }
            }
            catch (IOException failure) when (failure.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
            {
                // The peer has gone away.
            }
        }
    }
}
