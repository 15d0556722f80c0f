using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetStack.LossyLink;

/// <summary>Bulk transfers through the kernel's TCP.</summary>
internal static class KernelSockets
{
    private const int ChunkBytes = 128 * 1024;

    // Of linux/tcp.h. A namespace's own default may be one of the "allowed" ones only; root may choose any for a socket.
    private const int TcpLevel = 6;
    private const int TcpCongestion = 13;

    /// <summary>Takes one connection on each link and counts what arrives in a time from its begin.</summary>
    /// <returns>The bytes of each link.</returns>
    public static async Task<long[]> ReceiveAsync(int links, TimeSpan time)
    {
        using TcpListener listener = new(IPAddress.Any, LinkPlan.Port);
        listener.Start(links);
        Console.WriteLine("ready");
        long[] received = new long[links];
        List<Task> transfers = [];
        for (int i = 0; i < links; i++)
        {
            Socket socket = await listener.AcceptSocketAsync();
            transfers.Add(CountAsync(socket, received, time));
        }

        await Task.WhenAll(transfers);
        return received;
    }

    /// <summary>Sends on each link as fast as it goes, until the receiver breaks off.</summary>
    /// <param name="links">How many links.</param>
    /// <param name="control">The kernel's name of the congestion control.</param>
    public static Task SendAsync(int links, string control) => Task.WhenAll(Enumerable.Range(0, links).Select(async link =>
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetRawSocketOption(TcpLevel, TcpCongestion, Encoding.ASCII.GetBytes(control));
        await socket.ConnectAsync(IPAddress.Parse(LinkPlan.ReceiverAddress(link)), LinkPlan.Port);
        byte[] chunk = new byte[ChunkBytes];
        try
        {
            while (true)
            {
                await socket.SendAsync(chunk);
            }
        }
        catch (SocketException)
        {
            // The receiver has seen enough.
        }
    }));

    private static async Task CountAsync(Socket socket, long[] received, TimeSpan time)
    {
        using Socket _ = socket;
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        int link = LinkPlan.LinkOf(((IPEndPoint)socket.RemoteEndPoint!).Address);
        long start = Stopwatch.GetTimestamp();
        using CancellationTokenSource end = new(time);
        byte[] chunk = new byte[ChunkBytes];
        try
        {
            while (Stopwatch.GetElapsedTime(start) < time)
            {
                int count = await socket.ReceiveAsync(chunk, end.Token);
                if (count == 0)
                {
                    return;
                }

                received[link] += count;
            }
        }
        catch (OperationCanceledException)
        {
            // Time is up.
        }
    }
}
