using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using NetStack.Sockets;

namespace NetStack.PageServer;

/// <summary>HTTP/1.1 at its smallest on a connection's pipes: it answers each request whose end has come with the page.</summary>
internal static class PipeServer
{
    private const int LongestRequestBytes = 8192;

    private static ReadOnlySpan<byte> RequestLine => "GET /plaintext HTTP/1.1\r\n"u8;

    private static ReadOnlySpan<byte> EndOfRequest => "\r\n\r\n"u8;

    private static ReadOnlySpan<byte> Page =>
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!"u8;

    private static ReadOnlySpan<byte> Refusal => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"u8;

    public static async Task RunAsync(NetworkStack stack, int port, CancellationToken stop)
    {
        await using NetworkListener listener = await stack.ListenAsync(new IPEndPoint(IPAddress.Any, port), cancellationToken: stop).ConfigureAwait(false);
        Console.WriteLine("ready");
        try
        {
            while (true)
            {
                NetworkConnection connection = await listener.AcceptAsync(stop).ConfigureAwait(false);
                connection.ThrowsOnReset = false;
                _ = ServeAsync(connection);
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }
    }

    private static async Task ServeAsync(NetworkConnection connection)
    {
        await using (connection.ConfigureAwait(false))
        {
            PipeReader input = connection.Input;
            PipeWriter output = connection.Output;
            try
            {
                while (true)
                {
                    ReadResult read = await input.ReadAsync().ConfigureAwait(false);
                    ReadOnlySequence<byte> rest = read.Buffer;
                    bool hasAnswered = Answer(ref rest, output);
                    bool isTooLong = rest.Length > LongestRequestBytes;
                    input.AdvanceTo(rest.Start, rest.End);
                    if (hasAnswered && (await output.FlushAsync().ConfigureAwait(false)).IsCompleted)
                    {
                        return;
                    }

                    if (read.IsCompleted || isTooLong)
                    {
                        return;
                    }
                }
            }
            catch (IOException)
            {
                // The peer is gone.
            }
            catch (System.Net.Sockets.SocketException)
            {
                // The peer has reset the connection.
            }
        }
    }

    /// <summary>Writes an answer for each whole request and moves past it.</summary>
    private static bool Answer(ref ReadOnlySequence<byte> requests, PipeWriter output)
    {
        bool hasAnswered = false;
        SequenceReader<byte> reader = new(requests);
        while (reader.TryReadTo(out ReadOnlySequence<byte> request, EndOfRequest))
        {
            output.Write(IsForPage(request) ? Page : Refusal);
            hasAnswered = true;
        }

        requests = reader.UnreadSequence;
        return hasAnswered;
    }

    private static bool IsForPage(ReadOnlySequence<byte> request) =>
        request.FirstSpan.StartsWith(RequestLine) || (!request.IsSingleSegment && new SequenceReader<byte>(request).IsNext(RequestLine));
}
