using System.Buffers;
using System.IO.Pipelines;
using NetStack.Sockets;

namespace NetStack.Cli.Verbs.Serve;

/// <summary>Sends back what comes.</summary>
/// <remarks>RFC 862.</remarks>
internal static class Echo
{
    /// <summary>The most copied before it is flushed, so that a peer who never reads stops our reading, too.</summary>
    private const int ChunkBytes = 64 * 1024;

    public static async Task ServeAsync(NetworkConnection connection, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read = await connection.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> chunk = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, ChunkBytes));
            bool isLast = read.IsCompleted && chunk.Length == read.Buffer.Length;
            foreach (ReadOnlyMemory<byte> piece in chunk)
            {
                connection.Output.Write(piece.Span);
            }

            connection.Input.AdvanceTo(chunk.End);
            FlushResult flush = await connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (isLast || flush.IsCompleted)
            {
                return;
            }
        }
    }

    public static ReadOnlyMemory<byte>? Answer(ReadOnlyMemory<byte> payload) => payload;
}
