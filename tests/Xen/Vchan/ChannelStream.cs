using System.Buffers;
using System.IO.Pipelines;
using NetStack.Drivers.XenNetfront;

namespace NetStack.VchanPeer;

/// <summary>What is done with a channel.</summary>
internal static class ChannelStream
{
    private const int PieceBytes = 7000;

    public static async Task<int> EchoAsync(VchanConnection channel)
    {
        long total = 0;
        while (true)
        {
            ReadResult read = await channel.Input.ReadAsync();
            foreach (ReadOnlyMemory<byte> piece in read.Buffer)
            {
                await channel.Output.WriteAsync(piece);
            }

            total += read.Buffer.Length;
            channel.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                Console.WriteLine($"vchan: echoed {total} bytes");
                return 0;
            }
        }
    }

    public static async Task<int> SendAndCompareAsync(VchanConnection channel, int bytes)
    {
        Task sending = SendAsync(channel.Output, bytes);
        long compared = 0;
        while (compared < bytes)
        {
            ReadResult read = await channel.Input.ReadAsync();
            foreach (ReadOnlyMemory<byte> piece in read.Buffer)
            {
                if (FindWrong(piece.Span, compared) is { } wrong)
                {
                    Console.WriteLine($"vchan: byte {wrong} is wrong");
                    return 1;
                }

                compared += piece.Length;
            }

            channel.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted && compared < bytes)
            {
                Console.WriteLine($"vchan: the other side left after {compared} bytes");
                return 1;
            }
        }

        await sending;
        Console.WriteLine($"vchan: {compared} bytes there and back");
        return 0;
    }

    private static byte Pattern(long at) => (byte)(((ulong)at * 2_654_435_761) >> 15);

    private static long? FindWrong(ReadOnlySpan<byte> piece, long at)
    {
        for (int i = 0; i < piece.Length; i++)
        {
            if (piece[i] != Pattern(at + i))
            {
                return at + i;
            }
        }

        return null;
    }

    private static async Task SendAsync(PipeWriter output, int bytes)
    {
        byte[] piece = new byte[PieceBytes];
        for (int sent = 0; sent < bytes;)
        {
            int length = Math.Min(PieceBytes, bytes - sent);
            for (int i = 0; i < length; i++)
            {
                piece[i] = Pattern(sent + i);
            }

            await output.WriteAsync(piece.AsMemory(0, length));
            sent += length;
        }
    }
}
