using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

/// <summary>The extra slots that stood behind a frame's first request.</summary>
internal struct TransmitExtras
{
    public int Count;
    public bool HasGso;
    public byte GsoType;
    public ushort GsoSizeBytes;
    public MacAddress? Joins;
    public MacAddress? Leaves;

    /// <summary>Takes note of one; the last of a kind counts.</summary>
    /// <returns>False where it is of no known kind.</returns>
    public bool TryAdd(ReadOnlySpan<byte> slot)
    {
        Count++;
        switch (slot[NetifLayout.ExtraType])
        {
            case ExtraSlot.Gso:
                HasGso = true;
                GsoSizeBytes = (ushort)(slot[NetifLayout.ExtraGsoSize] | (slot[NetifLayout.ExtraGsoSize + 1] << 8));
                GsoType = slot[NetifLayout.ExtraGsoType];
                return true;
            case ExtraSlot.MulticastAdd:
                Joins = MacAddress.Read(slot[NetifLayout.ExtraMulticastAddress..]);
                return true;
            case ExtraSlot.MulticastDelete:
                Leaves = MacAddress.Read(slot[NetifLayout.ExtraMulticastAddress..]);
                return true;
            case ExtraSlot.Hash:
            case ExtraSlot.Headroom:
                return true;
            default:
                return false;
        }
    }
}
