using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>The options of a segment that we know, read from or written to its header.</summary>
/// <remarks>RFC 9293 §3.2; RFC 7323 §2.2, §3.2; RFC 2018 §2; RFC 7413 §4.1.1; RFC 5482 §3.</remarks>
public struct SegmentOptions
{
    /// <summary>The length of the timestamps option behind two bytes of padding, as every segment after the SYN carries it.</summary>
    public const int PaddedTimestampsLengthBytes = 12;

    private const byte EndOfList = 0;
    private const byte NoOperation = 1;
    private const byte MaximumSegmentSizeKind = 2;
    private const byte WindowScaleKind = 3;
    private const byte SackPermittedKind = 4;
    private const byte SackKind = 5;
    private const byte TimestampsKind = 8;
    private const byte UserTimeoutKind = 28;
    private const byte FastOpenKind = 34;
    private const byte ExperimentalKind = 254;
    private const ushort FastOpenExperiment = 0xF989;
    private const uint PaddedTimestamps = 0x0101_080A;
    private const byte GreatestWindowScale = 14;

    // The granularity bit of the user time-out: minutes, not seconds.
    private const int UserTimeoutMinutes = 0x8000;

    /// <summary>The largest segment the sender takes; 0 where it does not say.</summary>
    public ushort MaximumSegmentBytes;

    /// <summary>The shift count of the sender's window, at most 14.</summary>
    public byte WindowScale;

    /// <summary>Whether the window-scale option is present.</summary>
    public bool HasWindowScale;

    /// <summary>Whether selective acknowledgments may be sent.</summary>
    public bool SackPermitted;

    /// <summary>Whether the timestamps option is present.</summary>
    public bool HasTimestamps;

    /// <summary>The sender's clock, TSval.</summary>
    public uint TimestampValue;

    /// <summary>Our clock as the sender saw it last, TSecr.</summary>
    public uint TimestampEcho;

    /// <summary>Whether the Fast Open option is present.</summary>
    public bool HasFastOpen;

    /// <summary>Whether it has the format of the experiment before the RFC.</summary>
    public bool IsFastOpenExperimental;

    /// <summary>Its cookie; none asks for one.</summary>
    public FastOpenCookie FastOpenCookie;

    /// <summary>The user time-out as in the option: seconds, or minutes with the highest bit; 0 for none.</summary>
    public ushort UserTimeout;

    /// <summary>The bytes the options of a SYN take, padding included.</summary>
    public readonly int SynLengthBytes =>
        (MaximumSegmentBytes != 0 ? 4 : 0)
        + (SackPermitted || HasTimestamps ? (HasTimestamps ? 12 : 4) : 0)
        + (HasWindowScale ? 4 : 0)
        + (UserTimeout != 0 ? 4 : 0)
        + (HasFastOpen ? FastOpenLengthBytes + 3 & ~3 : 0);

    private readonly int FastOpenLengthBytes => (IsFastOpenExperimental ? 4 : 2) + FastOpenCookie.LengthBytes;

    /// <summary>The blocks of the SACK option.</summary>
    public SackBlocks Sack;

    /// <summary>Reads options. Unknown ones are skipped.</summary>
    /// <returns>False where a length is wrong.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out SegmentOptions options)
    {
        options = default;
        if (bytes.Length == PaddedTimestampsLengthBytes && BinaryPrimitives.ReadUInt32BigEndian(bytes) == PaddedTimestamps)
        {
            options.HasTimestamps = true;
            options.TimestampValue = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
            options.TimestampEcho = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]);
            return true;
        }

        while (!bytes.IsEmpty && bytes[0] != EndOfList)
        {
            if (bytes[0] == NoOperation)
            {
                bytes = bytes[1..];
                continue;
            }

            if (bytes.Length < 2 || bytes[1] < 2 || bytes[1] > bytes.Length || !options.TryTake(bytes[..bytes[1]]))
            {
                return false;
            }

            bytes = bytes[bytes[1]..];
        }

        return true;
    }

    /// <summary>Writes the options of a SYN in the order <c>mss, sackOK, TS, nop, wscale, UTO, FO</c>, each padded to 4 bytes.</summary>
    /// <param name="destination">Exactly <see cref="SynLengthBytes"/> bytes.</param>
    public readonly void WriteSyn(Span<byte> destination)
    {
        if (MaximumSegmentBytes != 0)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)MaximumSegmentSizeKind << 24 | 4 << 16 | MaximumSegmentBytes);
            destination = destination[4..];
        }

        if (HasTimestamps)
        {
            // The two bytes before the timestamps are padding, or the SACK-permitted option in its place.
            WriteTimestamps(destination, TimestampValue, TimestampEcho);
            if (SackPermitted)
            {
                destination[0] = SackPermittedKind;
                destination[1] = 2;
            }

            destination = destination[PaddedTimestampsLengthBytes..];
        }
        else if (SackPermitted)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)NoOperation << 24 | NoOperation << 16 | SackPermittedKind << 8 | 2);
            destination = destination[4..];
        }

        if (HasWindowScale)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)NoOperation << 24 | WindowScaleKind << 16 | 3 << 8 | WindowScale);
            destination = destination[4..];
        }

        if (UserTimeout != 0)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)UserTimeoutKind << 24 | 4 << 16 | UserTimeout);
            destination = destination[4..];
        }

        if (HasFastOpen)
        {
            WriteFastOpen(destination);
        }
    }

    /// <summary>Writes the timestamps option behind two bytes of padding into 12 bytes.</summary>
    public static void WriteTimestamps(Span<byte> destination, uint value, uint echo)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], echo);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], value);
        BinaryPrimitives.WriteUInt32BigEndian(destination, PaddedTimestamps);
    }

    /// <summary>Writes the SACK option behind two bytes of padding into <see cref="SackBlocks.PaddedLengthBytes"/> bytes.</summary>
    public static void WriteSack(Span<byte> destination, in SackBlocks blocks)
    {
        BinaryPrimitives.WriteUInt32BigEndian(
            destination, (uint)NoOperation << 24 | NoOperation << 16 | SackKind << 8 | (uint)(blocks.PaddedLengthBytes - 2));
        blocks.Write(destination[4..]);
    }

    /// <summary>The time that a user time-out option stands for.</summary>
    internal static Duration UserTimeoutOf(ushort field) =>
        Duration.FromSeconds((field & UserTimeoutMinutes) != 0 ? (field & ~UserTimeoutMinutes) * 60 : field);

    /// <summary>The user time-out option for a time, rounded up; the greatest where it is longer.</summary>
    internal static ushort UserTimeoutField(Duration time)
    {
        long seconds = (time.Nanoseconds + 999_999_999) / 1_000_000_000;
        return seconds < UserTimeoutMinutes
            ? (ushort)Math.Max(seconds, 1)
            : (ushort)(UserTimeoutMinutes | Math.Min((seconds + 59) / 60, UserTimeoutMinutes - 1));
    }

    private readonly void WriteFastOpen(Span<byte> destination)
    {
        int lengthBytes = FastOpenLengthBytes;
        destination[..(lengthBytes + 3 & ~3)].Fill(NoOperation);
        destination[0] = IsFastOpenExperimental ? ExperimentalKind : FastOpenKind;
        destination[1] = (byte)lengthBytes;
        if (IsFastOpenExperimental)
        {
            BinaryPrimitives.WriteUInt16BigEndian(destination[2..], FastOpenExperiment);
        }

        FastOpenCookie.Write(destination[(lengthBytes - FastOpenCookie.LengthBytes)..]);
    }

    private bool TryTake(ReadOnlySpan<byte> option)
    {
        switch (option[0])
        {
            case MaximumSegmentSizeKind:
                MaximumSegmentBytes = option.Length == 4 ? BinaryPrimitives.ReadUInt16BigEndian(option[2..]) : (ushort)0;
                return option.Length == 4;
            case WindowScaleKind:
                HasWindowScale = option.Length == 3;

                // RFC 7323 §2.3: "If a Window Scale option is received with a shift.cnt value larger than 14, the TCP
                // SHOULD log the error but MUST use 14 instead of the specified value."
                WindowScale = HasWindowScale ? Math.Min(option[2], GreatestWindowScale) : (byte)0;
                return HasWindowScale;
            case SackPermittedKind:
                SackPermitted = option.Length == 2;
                return SackPermitted;
            case SackKind:
                return Sack.TryRead(option[2..]);
            case TimestampsKind:
                HasTimestamps = option.Length == 10;
                if (HasTimestamps)
                {
                    TimestampValue = BinaryPrimitives.ReadUInt32BigEndian(option[2..]);
                    TimestampEcho = BinaryPrimitives.ReadUInt32BigEndian(option[6..]);
                }

                return HasTimestamps;
            case UserTimeoutKind:
                // RFC 5482 §3.3 has a time-out of zero ignored: it says the same as no option.
                UserTimeout = option.Length == 4 ? BinaryPrimitives.ReadUInt16BigEndian(option[2..]) : (ushort)0;
                return option.Length == 4;
            case FastOpenKind:
                // RFC 7413 §4.1.1: an option of another length is to be ignored, not an error.
                HasFastOpen = FastOpenCookie.TryRead(option[2..], out FastOpenCookie);
                IsFastOpenExperimental = false;
                return true;
            case ExperimentalKind:
                if (!HasFastOpen && option.Length >= 4 && BinaryPrimitives.ReadUInt16BigEndian(option[2..]) == FastOpenExperiment)
                {
                    HasFastOpen = FastOpenCookie.TryRead(option[4..], out FastOpenCookie);
                    IsFastOpenExperimental = HasFastOpen;
                }

                return true;
            default:
                return true;
        }
    }
}
