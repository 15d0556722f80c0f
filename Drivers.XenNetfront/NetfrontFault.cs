namespace NetStack.Drivers.XenNetfront;

/// <summary>Why a network interface of Xen's does not work: what the other side (the backend) did, or what is missing.</summary>
public enum NetfrontFault
{
    /// <summary>It works, or is about to.</summary>
    None,

    /// <summary>The backend said that it answered more requests than there were.</summary>
    ResponsesBeyondRequests,

    /// <summary>The backend answered with a number that no request of ours has.</summary>
    UnknownIdentifier,

    /// <summary>The backend answered an extra slot that was not sent, or sent a status that does not exist.</summary>
    UnknownStatus,

    /// <summary>The backend said that received bytes lie beyond their page.</summary>
    BytesBeyondPage,

    /// <summary>The backend made a frame of more slots, or more bytes, than a frame may have.</summary>
    FrameTooLong,

    /// <summary>The backend let a frame be followed by more extra slots than there are kinds.</summary>
    TooManyExtraSlots,

    /// <summary>The backend broke the protocol of the control ring.</summary>
    ControlRingBroken,

    /// <summary>The backend's nodes in xenstore hold no sense, such as a state that does not exist.</summary>
    StoreMalformed,

    /// <summary>The backend that came back has fewer features than the one before, which the stack relies on.</summary>
    FeatureLost,

    /// <summary>The platform gives no more grants, event channels or memory.</summary>
    Exhausted,

    /// <summary>Xenstore or a device file failed.</summary>
    PlatformFailed,
}
