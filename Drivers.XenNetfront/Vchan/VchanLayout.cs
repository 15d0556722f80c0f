namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// Where things stand in the page that the two sides of a vchan share: two rings' indices, their sizes as powers of two, who is
/// there, who wants to be told of what, and the grants of the rings' own pages.
/// </summary>
/// <remarks>Xen's <c>io/libxenvchan.h</c>: <c>struct vchan_interface</c>. "Left" is what the client writes, "right" what the server writes.</remarks>
internal static class VchanLayout
{
    public const int PageBytes = 4096;

    public const int LeftConsumed = 0;
    public const int RightConsumed = 8;

    /// <summary>From the consumer's index of a ring to the producer's.</summary>
    public const int ProducedBehindConsumed = 4;

    public const int LeftOrder = 16;
    public const int RightOrder = 18;
    public const int ClientIsLive = 20;
    public const int ServerIsLive = 21;

    /// <summary>The two live flags and the two bytes of notification bits as one word, as which the bits are changed.</summary>
    public const int Flags = 20;

    /// <summary>How far what the client does and the server wants to be told of stands in that word.</summary>
    public const int ClientNotifyShift = 16;

    public const int ServerNotifyShift = 24;
    public const int Grants = 24;

    /// <summary><c>VCHAN_NOTIFY_WRITE</c>: tell me when you have written.</summary>
    public const uint NotifyWrite = 1;

    /// <summary><c>VCHAN_NOTIFY_READ</c>: tell me when you have read.</summary>
    public const uint NotifyRead = 2;

    // The live flags.
    public const byte HasLeft = 0;
    public const byte IsConnected = 1;
    public const byte HasNotConnected = 2;

    /// <summary>A ring of 1,024 bytes in the shared page itself, at that offset.</summary>
    public const int SmallOrder = 10;

    /// <summary>A ring of 2,048 bytes in the shared page itself, at that offset.</summary>
    public const int LargeOrder = 11;

    /// <summary>Rings of this and more have pages of their own.</summary>
    public const int PageOrder = 12;

    /// <summary>The largest ring that Xen's library makes or takes: 1 MiB.</summary>
    public const int MaximumOrder = 20;

    /// <summary>How many pages of its own a ring has.</summary>
    public static int PagesOf(int order) => order < PageOrder ? 0 : 1 << (order - PageOrder);

    /// <summary>
    /// Chooses the orders for two rings: in the shared page where both fit, as Xen's library does, so that each is the other's size.
    /// </summary>
    public static (int Left, int Right) Choose(int leftBytes, int rightBytes)
    {
        const int Small = 1 << SmallOrder;
        const int Large = 1 << LargeOrder;
        if (leftBytes <= Small && rightBytes <= Large)
        {
            return (SmallOrder, LargeOrder);
        }

        if (leftBytes <= Large && rightBytes <= Small)
        {
            return (LargeOrder, SmallOrder);
        }

        return leftBytes <= Large ? (LargeOrder, OrderOf(rightBytes))
            : rightBytes <= Large ? (OrderOf(leftBytes), LargeOrder)
            : (OrderOf(leftBytes), OrderOf(rightBytes));
    }

    /// <summary>What is wrong with the orders that a server offers; null where they are good.</summary>
    public static string? FaultOf(int left, int right)
    {
        if (left is < SmallOrder or > MaximumOrder || right is < SmallOrder or > MaximumOrder)
        {
            return $"rings of 2^{left} and 2^{right} bytes are out of range (2^{SmallOrder} to 2^{MaximumOrder})";
        }

        if (left == right && left < PageOrder)
        {
            return $"two rings of 2^{left} bytes would overlap";
        }

        int listEnd = Grants + ((PagesOf(left) + PagesOf(right)) * sizeof(uint));
        int firstRing = Math.Min(left, right) < PageOrder ? 1 << Math.Min(left, right) : PageBytes;
        return listEnd > firstRing ? "the list of grants would reach into a ring" : null;
    }

    private static int OrderOf(int bytes) =>
        Math.Clamp(sizeof(uint) * 8 - System.Numerics.BitOperations.LeadingZeroCount((uint)bytes - 1), PageOrder, MaximumOrder);
}
