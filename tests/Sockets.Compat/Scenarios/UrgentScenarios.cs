using System.Globalization;

namespace SocketScenarios;

/// <summary>Urgent data, out of band and in line.</summary>
public static class UrgentScenarios
{
    public static async Task OutOfBand(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        byte[] buffer = new byte[100];
        transcript.Note("inline", server.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline));
        transcript.Try("none yet", () => server.Receive(buffer, SocketFlags.OutOfBand));
        transcript.Note("at mark", AtMark(server));
        transcript.Note("sent", client.Send([1, 2, 3]));
        transcript.Note("sent urgently", client.Send([4, 5, 6], SocketFlags.OutOfBand));
        transcript.Note("sent", client.Send([7, 8, 9]));
        await AllArrivedAsync(server);
        transcript.Note("exceptional", server.Poll(0, SelectMode.SelectError));
        transcript.Note("available", server.Available);
        transcript.Note("at mark", AtMark(server));
        transcript.Note("peeked", Text(buffer, server.Receive(buffer, SocketFlags.OutOfBand | SocketFlags.Peek)));
        transcript.Note("urgent", Text(buffer, server.Receive(buffer, SocketFlags.OutOfBand)));
        transcript.Try("again", () => server.Receive(buffer, SocketFlags.OutOfBand));
        transcript.Note("exceptional", server.Poll(0, SelectMode.SelectError));
        transcript.Note("some", Text(buffer, server.Receive(buffer, 2, SocketFlags.None)));
        transcript.Note("to the mark", Text(buffer, server.Receive(buffer)));
        transcript.Note("at mark", AtMark(server));
        transcript.Note("available at the mark", server.Available);
        transcript.Note("readable at the mark", server.Poll(0, SelectMode.SelectRead));
        transcript.Note("behind the mark", Text(buffer, server.Receive(buffer)));
        transcript.Note("at mark", AtMark(server));
        transcript.Try("urgent when passed", () => server.Receive(buffer, SocketFlags.OutOfBand));
        client.Dispose();
        server.Dispose();
    }

    public static async Task UrgentByteAtTheMark(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        byte[] buffer = new byte[100];
        client.Send([1, 2], SocketFlags.OutOfBand);
        await AllArrivedAsync(server);
        transcript.Note("before", Text(buffer, server.Receive(buffer)));
        transcript.Note("at mark", AtMark(server));
        transcript.Note("readable", server.Poll(0, SelectMode.SelectRead));
        transcript.Note("exceptional", server.Poll(0, SelectMode.SelectError));
        transcript.Note("urgent", Text(buffer, server.Receive(buffer, SocketFlags.OutOfBand)));
        transcript.Note("at mark", AtMark(server));
        client.Send([3]);
        transcript.Note("readable", server.Poll(5_000_000, SelectMode.SelectRead));
        transcript.Note("behind", Text(buffer, server.Receive(buffer)));
        transcript.Note("at mark", AtMark(server));
        client.Shutdown(SocketShutdown.Send);
        transcript.Note("the end", server.Receive(buffer));
        client.Dispose();
        server.Dispose();
    }

    public static async Task UrgentByteThatIsNotTaken(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        byte[] buffer = new byte[100];
        client.Send([1], SocketFlags.OutOfBand);
        client.Send([2]);
        await AllArrivedAsync(server);
        transcript.Note("at mark", AtMark(server));
        transcript.Note("peeked", Text(buffer, server.Receive(buffer, SocketFlags.Peek)));
        transcript.Note("read across", Text(buffer, server.Receive(buffer)));
        transcript.Note("at mark", AtMark(server));
        transcript.Try("urgent", () => server.Receive(buffer, SocketFlags.OutOfBand));
        client.Dispose();
        server.Dispose();
    }

    public static async Task InLine(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        byte[] buffer = new byte[100];
        server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
        transcript.Note("inline", server.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline));
        client.Send([1, 2, 3], SocketFlags.OutOfBand);
        client.Send([4, 5]);
        await AllArrivedAsync(server);
        transcript.Note("available", server.Available);
        transcript.Try("out of band", () => server.Receive(buffer, SocketFlags.OutOfBand));
        transcript.Note("to the mark", Text(buffer, server.Receive(buffer)));
        transcript.Note("at mark", AtMark(server));
        transcript.Note("available", server.Available);
        transcript.Note("from the mark on", Text(buffer, server.Receive(buffer)));
        transcript.Note("at mark", AtMark(server));
        client.Dispose();
        server.Dispose();
    }

    public static async Task InLineIsInherited(ScenarioNetwork network, Transcript transcript)
    {
        using Socket listening = network.ServerSocket();
        listening.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, 1);
        listening.Bind(new System.Net.IPEndPoint(network.ServerAddress, 0));
        listening.Listen(1);
        using Socket client = network.ClientSocket();
        await client.ConnectAsync(listening.LocalEndPoint!);
        using Socket server = await listening.AcceptAsync();
        transcript.Note("inline", server.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline));
    }

    public static async Task Asynchronously(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        byte[] buffer = new byte[100];
        transcript.Note("sent", await client.SendAsync(new byte[] { 1, 2, 3 }, SocketFlags.OutOfBand));
        await AllArrivedAsync(server);
        transcript.Note("urgent", Text(buffer, await server.ReceiveAsync(buffer, SocketFlags.OutOfBand)));
        transcript.Note("to the mark", Text(buffer, await server.ReceiveAsync(buffer, SocketFlags.None)));
        Task<int> next = server.ReceiveAsync(buffer, SocketFlags.None);
        await client.SendAsync(new byte[] { 4 }, SocketFlags.None);
        transcript.Note("behind the mark", Text(buffer, await next));
        client.Dispose();
        server.Dispose();
    }

    public static async Task Controls(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        client.Send([1, 2, 3]);
        server.Poll(5_000_000, SelectMode.SelectRead);
        byte[] answer = new byte[4];
        transcript.Note("length", server.IOControl(IOControlCode.DataToRead, null, answer));
        transcript.Note("to read", BitConverter.ToInt32(answer));
        transcript.Try("no room", () => server.IOControl(IOControlCode.DataToRead, null, new byte[3]));
        transcript.Try("nowhere", () => server.IOControl(IOControlCode.OobDataRead, null, null));
        transcript.Try("blocking", () => server.IOControl(IOControlCode.NonBlockingIO, new byte[4], null));
        transcript.Try("another", () => server.IOControl(77, null, null));
        using Socket datagrams = network.BoundDatagrams();
        transcript.Try("a datagram's", () => datagrams.SendTo([1], SocketFlags.OutOfBand, datagrams.LocalEndPoint!));
        client.Dispose();
        server.Dispose();
    }

    private static string AtMark(Socket socket)
    {
        byte[] answer = new byte[4];
        socket.IOControl(IOControlCode.OobDataRead, null, answer);
        return (BitConverter.ToInt32(answer) != 0).ToString(CultureInfo.InvariantCulture);
    }

    private static string Text(byte[] buffer, int length) => string.Join(' ', buffer.Take(length));

    /// <summary>Waits until the urgent byte is there, and what was sent right behind it.</summary>
    private static async Task AllArrivedAsync(Socket server)
    {
        for (int i = 0; i < 500 && !server.Poll(0, SelectMode.SelectError); i++)
        {
            await Task.Delay(10);
        }

        await Task.Delay(100);
    }
}
