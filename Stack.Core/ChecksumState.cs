namespace NetStack.Core;

/// <summary>What is known of a packet's transport checksum as it passes between a device and the stack.</summary>
public enum ChecksumState : byte
{
    /// <summary>Nothing: on receive the stack verifies it, on transmit it is already in its place.</summary>
    None,

    /// <summary>Received, and the device vouches for it.</summary>
    Validated,

    /// <summary>The field holds the sum of the pseudo header only; the device sums from a start and stores at an offset.</summary>
    ToBeFilled,
}
