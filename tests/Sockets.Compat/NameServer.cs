using System.Buffers.Binary;
using System.Net;

namespace NetStack.Sockets.Tests;

/// <summary>A DNS server of a few lines: every name has the address 192.0.2.7, or does not exist, or is not answered.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private const int HeaderBytes = 12;

    private readonly DatagramSocket _socket;
    private readonly Func<int, byte?> _responseCode;
    private readonly Task _running;

    private NameServer(DatagramSocket socket, Func<int, byte?> responseCode)
    {
        _socket = socket;
        _responseCode = responseCode;
        _running = RunAsync();
    }

    /// <summary>Where the queries came from, in order.</summary>
    public List<IPEndPoint> Queries { get; } = [];

    /// <summary>Starts the server.</summary>
    /// <param name="stack">Where.</param>
    /// <param name="responseCode">The response code by the query's number, from 0 on; null for no answer.</param>
    public static async Task<NameServer> StartAsync(NetworkStack stack, Func<int, byte?> responseCode) =>
        new(await stack.BindAsync(new IPEndPoint(IPAddress.Any, 53)), responseCode);

    public async ValueTask DisposeAsync()
    {
        await _socket.DisposeAsync();
        await _running;
    }

    private async Task RunAsync()
    {
        byte[] buffer = new byte[1000];
        try
        {
            while (true)
            {
                ReceivedDatagram query = await _socket.ReceiveAsync(buffer);
                Queries.Add(query.Source);
                if (_responseCode(Queries.Count - 1) is { } code)
                {
                    await _socket.SendAsync(Answer(buffer, code), query.Source);
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // The test is over.
        }
    }

    /// <summary>The id and the question come back (RFC 1035 §4.1.1), with one A record that points to the question's name.</summary>
    private static byte[] Answer(ReadOnlySpan<byte> query, byte code)
    {
        int end = HeaderBytes;
        while (query[end] != 0)
        {
            end += query[end] + 1;
        }

        end += 5;
        byte[] record = code != 0 ? [] : [0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7];
        byte[] answer = [.. query[..end], .. record];
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(2), (ushort)(0x8180 | code));
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(6), (ushort)(code == 0 ? 1 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(8), 0);
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(10), 0);
        return answer;
    }
}
