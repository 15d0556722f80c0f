namespace NetStack.Drivers.XenNetfront;

/// <summary>What a frontend did that ended its service, as Linux's netback judges.</summary>
/// <remarks>Linux's netback calls these fatal and disables the interface until the frontend goes through Closed.</remarks>
public enum NetbackFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It says that there are more requests than the ring has slots.</summary>
    TooManyRequests,

    /// <summary>A frame goes on beyond the requests there are.</summary>
    SlotsMissing,

    /// <summary>A frame has more than 20 slots.</summary>
    TooManySlots,

    /// <summary>A piece crosses the end of its page.</summary>
    PieceCrossesPage,

    /// <summary>An extra slot is announced and not there.</summary>
    ExtraSlotMissing,

    /// <summary>An extra slot is of no known kind.</summary>
    ExtraSlotUnknown,

    /// <summary>A super-frame has no segment size, or is of no known type.</summary>
    SegmentationBad,

    /// <summary>Its nodes in xenstore, rings or event channels cannot be used.</summary>
    CannotConnect,
}
