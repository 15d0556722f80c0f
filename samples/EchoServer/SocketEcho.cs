using System.Net;
using NetStack.Sockets; // was: using System.Net.Sockets; nothing else in this file is different

namespace NetStack.Samples.EchoServer;

/// <summary>The same with Socket itself.</summary>
internal static class SocketEcho
{
    public static async Task RunAsync(int port, CancellationToken cancellationToken)
    {
        using Socket listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Any, port));
        listening.Listen(512);
        while (true)
        {
            Socket connection = await listening.AcceptAsync(cancellationToken);
            connection.NoDelay = true;
            _ = ServeAsync(connection);
        }
    }

    private static async Task ServeAsync(Socket connection)
    {
        using (connection)
        {
            try
            {
                byte[] buffer = new byte[16 * 1024];
                int received;
                while ((received = await connection.ReceiveAsync(buffer)) > 0)
                {
                    await connection.SendAsync(buffer.AsMemory(0, received));
                }

                connection.Shutdown(SocketShutdown.Both);
            }
            catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionReset)
            {
                // The peer has gone away.
            }
        }
    }
}
