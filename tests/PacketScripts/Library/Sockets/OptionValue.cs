using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.PacketScripts;

/// <summary>The memory form of options.</summary>
internal static class OptionValue
{
    private const int TimeBytes = 16;

    /// <summary>Writes a number, or as many of its bytes as there is room for.</summary>
    /// <returns>The length written.</returns>
    public static int Write(int number, Span<byte> value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return Write(bytes, value);
    }

    /// <summary>Writes as many bytes as there is room for.</summary>
    public static int Write(ReadOnlySpan<byte> bytes, Span<byte> value)
    {
        int length = Math.Min(bytes.Length, value.Length);
        bytes[..length].CopyTo(value);
        return length;
    }

    public static bool TryRead(ReadOnlySpan<byte> value, out int number) => BinaryPrimitives.TryReadInt32LittleEndian(value, out number);

    /// <summary>Reads a <c>struct timeval</c>; zero stands for no limit.</summary>
    /// <returns>Zero, or the error, negated.</returns>
    public static int ReadTime(ReadOnlySpan<byte> value, out Duration? time)
    {
        time = null;
        if (value.Length < TimeBytes)
        {
            return -LinuxError.Invalid;
        }

        long seconds = BinaryPrimitives.ReadInt64LittleEndian(value);
        long microseconds = BinaryPrimitives.ReadInt64LittleEndian(value[8..]);
        if (microseconds is < 0 or >= 1_000_000)
        {
            return -LinuxError.Invalid;
        }

        if (seconds > 0 || microseconds > 0)
        {
            time = Duration.FromSeconds(Math.Min(seconds, int.MaxValue)) + Duration.FromMicroseconds(microseconds);
        }

        return 0;
    }

    public static int WriteTime(Duration? time, Span<byte> value)
    {
        Span<byte> bytes = stackalloc byte[TimeBytes];
        long microseconds = (time ?? Duration.Zero).Microseconds;
        BinaryPrimitives.WriteInt64LittleEndian(bytes, microseconds / 1_000_000);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], microseconds % 1_000_000);
        return Write(bytes, value);
    }
}
