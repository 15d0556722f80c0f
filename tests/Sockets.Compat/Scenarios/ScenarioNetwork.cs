using System.Net;

namespace SocketScenarios;

/// <summary>Where a scenario takes place: a server's side and a client's.</summary>
public sealed partial class ScenarioNetwork
{
    public Socket ServerSocket(SocketType type = SocketType.Stream)
    {
        using (EnterServer())
        {
            return new Socket(AddressFamily.InterNetwork, type, ProtocolOf(type));
        }
    }

    public Socket ClientSocket(SocketType type = SocketType.Stream)
    {
        using (EnterClient())
        {
            return new Socket(AddressFamily.InterNetwork, type, ProtocolOf(type));
        }
    }

    public TcpListener Listener()
    {
        using (EnterServer())
        {
            return new TcpListener(ServerAddress, 0);
        }
    }

    public TcpClient Client()
    {
        using (EnterClient())
        {
            return new TcpClient(AddressFamily.InterNetwork);
        }
    }

    /// <summary>A socket of the server that listens.</summary>
    public Socket Listening(int backlog = 16)
    {
        Socket listening = ServerSocket();
        listening.Bind(new IPEndPoint(ServerAddress, 0));
        listening.Listen(backlog);
        return listening;
    }

    /// <summary>The two ends of a connection.</summary>
    public async Task<(Socket Client, Socket Server)> ConnectedAsync()
    {
        using Socket listening = Listening();
        Socket client = ClientSocket();
        await client.ConnectAsync(listening.LocalEndPoint!);
        return (client, await listening.AcceptAsync());
    }

    /// <summary>A datagram socket of the server, bound.</summary>
    public Socket BoundDatagrams()
    {
        Socket socket = ServerSocket(SocketType.Dgram);
        socket.Bind(new IPEndPoint(ServerAddress, 0));
        return socket;
    }

    private static ProtocolType ProtocolOf(SocketType type) => type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp;
}
