namespace NetStack.Drivers.XenNetfront;

/// <summary>A request of the transmit ring, read once.</summary>
internal struct TransmitPiece
{
    public uint Reference;
    public ushort Offset;
    public ushort Flags;
    public ushort Id;
    public ushort Size;

    public readonly bool HasMore => (Flags & TransmitFlag.MoreData) != 0;

    public static unsafe TransmitPiece Read(byte* slot)
    {
        ulong low = *(ulong*)slot;
        uint high = *(uint*)(slot + NetifLayout.TransmitId);
        return new TransmitPiece
        {
            Reference = (uint)low,
            Offset = (ushort)(low >> 32),
            Flags = (ushort)(low >> 48),
            Id = (ushort)high,
            Size = (ushort)(high >> 16),
        };
    }
}
