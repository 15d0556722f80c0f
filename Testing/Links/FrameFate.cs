namespace NetStack.Testing;

/// <summary>What a link does with a frame.</summary>
internal enum FrameFate
{
    Arrives,
    Lost,
    Corrupted,
    CorruptedLost,
    QueueFull,
    TooBig,
    Down,
}
