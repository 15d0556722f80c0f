namespace NetStack.Compare.Measuring;

/// <summary>What joins the client to the server.</summary>
internal enum LinkKind
{
    /// <summary>A TAP in the client's namespace; the server's process holds its other end.</summary>
    Tap,

    /// <summary>The same where no stack answers at the other end: its station address is a given one.</summary>
    TapAlone,

    /// <summary>A veth pair with all offloads, whose other end is in a namespace of the server's.</summary>
    Veth,

    /// <summary>The same without checksum and segmentation offloads at either end.</summary>
    VethPlain,
}
