namespace NetStack.Testing;

/// <summary>What became of the frames of one direction of a link.</summary>
public sealed class LinkCounters
{
    /// <summary>Frames offered by the sending end.</summary>
    public long Offered { get; internal set; }

    /// <summary>Bytes of those frames.</summary>
    public long OfferedBytes { get; internal set; }

    /// <summary>Frames that arrived, corrupted ones and duplicates included.</summary>
    public long Arrived { get; internal set; }

    /// <summary>Frames lost by chance, singly or in bursts.</summary>
    public long Lost { get; internal set; }

    /// <summary>Frames that arrived once more.</summary>
    public long Duplicated { get; internal set; }

    /// <summary>Frames held back.</summary>
    public long Reordered { get; internal set; }

    /// <summary>Frames that arrived with flipped bits.</summary>
    public long Corrupted { get; internal set; }

    /// <summary>Corrupted frames that were lost, as they carry no internet checksum.</summary>
    public long CorruptedLost { get; internal set; }

    /// <summary>Frames whose packet was marked because the queue was long.</summary>
    public long Marked { get; internal set; }

    /// <summary>Frames dropped because the queue was full.</summary>
    public long QueueFull { get; internal set; }

    /// <summary>Frames lost because they were larger than the MTU.</summary>
    public long TooBig { get; internal set; }

    /// <summary>Frames lost because the link was down.</summary>
    public long Down { get; internal set; }

    /// <summary>Frames in flight.</summary>
    public long InFlight { get; internal set; }

    /// <summary>Frames that arrived and that the receiving device had no room or memory for.</summary>
    public long ReceiverFull { get; internal set; }

    /// <summary>Whether every frame is accounted for.</summary>
    public bool IsBalanced =>
        Offered + Duplicated == Arrived + Lost + CorruptedLost + QueueFull + TooBig + Down + InFlight;

    /// <summary>All numbers, in short.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Offered} offered, {Arrived} arrived, {Lost} lost, {Duplicated} duplicated, {Reordered} reordered, {Corrupted} corrupted, {CorruptedLost} corrupted and lost, {Marked} marked, {QueueFull} queue full, {TooBig} too big, {Down} while down, {InFlight} in flight, {ReceiverFull} refused by the receiver");
}
