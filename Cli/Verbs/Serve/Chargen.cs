using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using NetStack.Sockets;

namespace NetStack.Cli.Verbs.Serve;

/// <summary>
/// Sends lines of 72 of the 95 printing characters, each line beginning one character later: over TCP without end and as
/// fast as the peer takes it, over UDP a random number of bytes, up to 512, for each datagram.
/// </summary>
/// <remarks>RFC 864.</remarks>
internal sealed class Chargen(ulong? seed)
{
    /// <summary>The bytes of all lines until the first comes again: 95 of 72 characters, CR and LF.</summary>
    public const int PeriodBytes = Characters * LineBytes;

    private const int Characters = 95;
    private const int LineCharacters = 72;
    private const int LineBytes = LineCharacters + 2;
    private const int MaximumDatagramBytes = 512;

    // Twice, so that any stretch of one period lies in one piece.
    private static readonly byte[] Pattern = [.. MakePeriod(), .. MakePeriod()];

    [SuppressMessage("Security", "CA5394:Do not use insecure randomness", Justification = "RFC 864 wants lengths that vary, not secrets.")]
    private readonly Random _lengths = seed is { } number ? new Random((int)number) : new Random();

    public static async Task ServeAsync(NetworkConnection connection, CancellationToken cancellationToken)
    {
        // "any data received is thrown away"
        Task discarding = Discard.ServeAsync(connection, cancellationToken);
        int offset = 0;
        while (true)
        {
            Memory<byte> room = connection.Output.GetMemory();
            int count = Math.Min(room.Length, PeriodBytes);
            Pattern.AsSpan(offset, count).CopyTo(room.Span);
            connection.Output.Advance(count);
            offset = (offset + count) % PeriodBytes;
            FlushResult flush = await connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (flush.IsCompleted || discarding.IsFaulted)
            {
                break;
            }
        }

        connection.Abort();
        await discarding.ConfigureAwait(false);
    }

    [SuppressMessage("Security", "CA5394:Do not use insecure randomness", Justification = "RFC 864 wants lengths that vary, not secrets.")]
    public ReadOnlyMemory<byte>? Answer(ReadOnlyMemory<byte> payload) =>
        Pattern.AsMemory(0, _lengths.Next(MaximumDatagramBytes + 1));

    private static byte[] MakePeriod()
    {
        byte[] period = new byte[PeriodBytes];
        for (int line = 0; line < Characters; line++)
        {
            Span<byte> text = period.AsSpan(line * LineBytes, LineBytes);
            for (int column = 0; column < LineCharacters; column++)
            {
                text[column] = (byte)(' ' + ((line + column) % Characters));
            }

            text[LineCharacters] = (byte)'\r';
            text[LineCharacters + 1] = (byte)'\n';
        }

        return period;
    }
}
