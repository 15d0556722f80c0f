namespace NetStack.IP;

/// <summary>What an ARP message does.</summary>
/// <remarks>RFC 826.</remarks>
internal enum ArpOperation : ushort
{
    /// <summary>Asks for the link address of the target.</summary>
    Request = 1,

    /// <summary>Tells the link address of the sender.</summary>
    Reply = 2,
}
