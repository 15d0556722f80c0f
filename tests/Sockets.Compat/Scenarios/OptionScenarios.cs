using System.Net;
using System.Text;

namespace SocketScenarios;

/// <summary>The options of TCP: by their names, and by their numbers on Linux.</summary>
public static class OptionScenarios
{
    private const int Tcp = 6;
    private const int Cork = 3;
    private const int QuickAcknowledgment = 12;
    private const int Congestion = 13;
    private const int UserTimeout = 18;
    private const int FastOpen = 23;
    private const int FastOpenConnect = 30;

    private static readonly SocketOptionName[] _names =
    [
        SocketOptionName.NoDelay, SocketOptionName.TcpKeepAliveTime, SocketOptionName.TcpKeepAliveInterval,
        SocketOptionName.TcpKeepAliveRetryCount, SocketOptionName.FastOpen,
    ];

    private static readonly int[] _values = [1, 0, -1, 2, 127, 128, 32_767, 32_768];

    public static Task By_name(ScenarioNetwork network, Transcript transcript)
    {
        using Socket socket = network.ClientSocket();
        foreach (SocketOptionName name in _names)
        {
            foreach (int value in _values)
            {
                transcript.Try($"{(int)name} to {value}", () => socket.SetSocketOption(SocketOptionLevel.Tcp, name, value));
                transcript.Try($"{(int)name}", () => socket.GetSocketOption(SocketOptionLevel.Tcp, name));
            }
        }

        transcript.Try("an unknown name", () => socket.GetSocketOption(SocketOptionLevel.Tcp, (SocketOptionName)99));
        transcript.Try("an unknown name to 1", () => socket.SetSocketOption(SocketOptionLevel.Tcp, (SocketOptionName)99, 1));
        return Task.CompletedTask;
    }

    public static Task By_number(ScenarioNetwork network, Transcript transcript)
    {
        using Socket socket = network.ClientSocket();
        foreach (int option in new[] { 1, 2, Cork, 4, 5, 6, 7, QuickAcknowledgment, UserTimeout, FastOpen, FastOpenConnect, 99 })
        {
            foreach (int value in (int[])[.. _values, 87, 88])
            {
                transcript.Try($"{option} to {value}", () => socket.SetRawSocketOption(Tcp, option, BitConverter.GetBytes(value)));
                transcript.Try($"{option}", () => Number(socket, option));
            }

            transcript.Try($"{option} to too little", () => socket.SetRawSocketOption(Tcp, option, [1]));
            transcript.Try($"{option} to more than a number", () => socket.SetRawSocketOption(Tcp, option, BitConverter.GetBytes(1L)));
            transcript.Try($"{option} to nothing", () => socket.SetRawSocketOption(Tcp, option, default));
            transcript.Try($"{option} into too little", () => socket.GetRawSocketOption(Tcp, option, new byte[2]));
            transcript.Try($"{option} into much", () => socket.GetRawSocketOption(Tcp, option, new byte[9]));
        }

        transcript.Note("the same by name", socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
        transcript.Try("an unknown level", () => socket.SetRawSocketOption(77, 1, BitConverter.GetBytes(1)));
        transcript.Try("from an unknown level", () => socket.GetRawSocketOption(77, 1, new byte[4]));
        socket.Dispose();
        transcript.Try("set after the end", () => socket.SetRawSocketOption(Tcp, UserTimeout, BitConverter.GetBytes(1)));
        transcript.Try("got after the end", () => socket.GetRawSocketOption(Tcp, UserTimeout, new byte[4]));
        return Task.CompletedTask;
    }

    public static Task Congestion_control_by_name(ScenarioNetwork network, Transcript transcript)
    {
        using Socket socket = network.ClientSocket();
        foreach (string name in new[] { "cubic", "reno", "cubic\0and more", "nonsense", "a name that is longer than any of them" })
        {
            transcript.Try($"to {name}", () => socket.SetRawSocketOption(Tcp, Congestion, Encoding.ASCII.GetBytes(name)));
            transcript.Try("then", () => Text(socket, 16));
        }

        transcript.Try("to nothing", () => socket.SetRawSocketOption(Tcp, Congestion, default));
        transcript.Try("a part", () => Text(socket, 3));
        return Task.CompletedTask;
    }

    public static Task Of_tcp_on_a_datagram_socket(ScenarioNetwork network, Transcript transcript)
    {
        using Socket socket = network.ClientSocket(SocketType.Dgram);
        transcript.Try("by name", () => socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.NoDelay));
        transcript.Try("by name to 1", () => socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.NoDelay, 1));
        transcript.Try("by number", () => Number(socket, UserTimeout));
        transcript.Try("by number to 1", () => socket.SetRawSocketOption(Tcp, UserTimeout, BitConverter.GetBytes(1)));
        return Task.CompletedTask;
    }

    public static async Task Accepted_sockets_have_those_of_the_listener(ScenarioNetwork network, Transcript transcript)
    {
        using Socket listening = network.ServerSocket();
        listening.Bind(new IPEndPoint(network.ServerAddress, 0));
        listening.SetRawSocketOption(Tcp, UserTimeout, BitConverter.GetBytes(5_000));
        listening.Listen();
        listening.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 11);
        listening.NoDelay = true;
        transcript.Try("fast open", () => listening.SetRawSocketOption(Tcp, FastOpen, BitConverter.GetBytes(16)));
        transcript.Try("fast open then", () => Number(listening, FastOpen));
        transcript.Try("fast open connect", () => listening.SetRawSocketOption(Tcp, FastOpenConnect, BitConverter.GetBytes(1)));
        using Socket client = network.ClientSocket();
        await client.ConnectAsync(listening.LocalEndPoint!);
        using Socket server = await listening.AcceptAsync();

        transcript.Note("user timeout", Number(server, UserTimeout));
        transcript.Note("keep alive time", Number(server, 4));
        transcript.Note("no delay", server.NoDelay);
        transcript.Try("fast open of a connection", () => server.SetRawSocketOption(Tcp, FastOpen, BitConverter.GetBytes(16)));
        transcript.Try("fast open connect of one", () => client.SetRawSocketOption(Tcp, FastOpenConnect, BitConverter.GetBytes(1)));
        transcript.Try("user timeout to 7 s", () => client.SetRawSocketOption(Tcp, UserTimeout, BitConverter.GetBytes(7_000)));
        transcript.Note("user timeout then", Number(client, UserTimeout));
    }

    public static async Task Corked_bytes_arrive(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        client.SetRawSocketOption(Tcp, QuickAcknowledgment, BitConverter.GetBytes(1));
        for (int i = 0; i < 3; i++)
        {
            client.SetRawSocketOption(Tcp, Cork, BitConverter.GetBytes(1));
            transcript.Note("corked", Number(client, Cork));
            client.Send(new byte[100]);
            client.Send(new byte[200]);
            client.SetRawSocketOption(Tcp, Cork, BitConverter.GetBytes(0));
            transcript.Note("received", Received(server, 300));
        }

        client.SetRawSocketOption(Tcp, Cork, BitConverter.GetBytes(1));
        client.Send(new byte[50]);
        client.Dispose();
        transcript.Note("received before the end", server.Receive(new byte[1_000]));
        transcript.Note("the end", server.Receive(new byte[1_000]));
        server.Dispose();
    }

    public static async Task Fast_open_connect(ScenarioNetwork network, Transcript transcript)
    {
        using Socket listening = network.ServerSocket();
        listening.Bind(new IPEndPoint(network.ServerAddress, 0));
        listening.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.FastOpen, 16);
        listening.Listen();
        for (int round = 0; round < 3; round++)
        {
            using Socket client = network.ClientSocket();
            client.SetRawSocketOption(Tcp, FastOpenConnect, BitConverter.GetBytes(1));
            await client.ConnectAsync(listening.LocalEndPoint!);
            transcript.Note("connected", client.Connected);
            transcript.Note("writable", client.Poll(0, SelectMode.SelectWrite));
            transcript.Note("readable", client.Poll(0, SelectMode.SelectRead));
            byte[] answer = new byte[10];
            Task<int> receiving = client.ReceiveAsync(answer);
            transcript.Note("sent", await client.SendAsync(new byte[] { 1, 2, 3 }));
            using Socket server = await listening.AcceptAsync();
            transcript.Note("received", server.Receive(new byte[10]));
            server.Send([4, 5]);
            transcript.Note("answered", await receiving);
            transcript.Try("to the same port", () => client.RemoteEndPoint!.Equals(listening.LocalEndPoint));
        }
    }

    private static int Received(Socket socket, int bytes)
    {
        int received = 0;
        while (received < bytes && socket.Receive(new byte[bytes]) is var part and > 0)
        {
            received += part;
        }

        return received;
    }

    private static int Number(Socket socket, int option)
    {
        byte[] value = new byte[sizeof(int)];
        socket.GetRawSocketOption(Tcp, option, value);
        return BitConverter.ToInt32(value);
    }

    private static string Text(Socket socket, int bytes)
    {
        byte[] value = new byte[bytes];
        int length = socket.GetRawSocketOption(Tcp, Congestion, value);
        return $"{length} {Encoding.ASCII.GetString(value).TrimEnd('\0')}";
    }
}
