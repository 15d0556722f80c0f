namespace NetStack.Drivers.XenNetfront;

/// <summary>One entry of a simulated grant table.</summary>
internal unsafe struct GrantEntry
{
    /// <summary>The page; null where nothing is granted.</summary>
    public byte* Page;

    /// <summary>How often the other domain has mapped it. An ended grant's reference is given again only at zero.</summary>
    public int Maps;

    /// <summary>Who has access.</summary>
    public ushort Domain;

    /// <summary>Told apart from earlier lives of the table, which a suspend ends.</summary>
    public ushort Life;
}
