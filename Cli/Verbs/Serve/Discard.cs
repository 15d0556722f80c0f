using System.IO.Pipelines;
using NetStack.Sockets;

namespace NetStack.Cli.Verbs.Serve;

/// <summary>Throws away what comes.</summary>
/// <remarks>RFC 863.</remarks>
internal static class Discard
{
    public static async Task ServeAsync(NetworkConnection connection, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read = await connection.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            connection.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    public static ReadOnlyMemory<byte>? Answer(ReadOnlyMemory<byte> payload) => null;
}
