namespace NetStack.Drivers.XenNetfront;

/// <summary>What a <see cref="NetbackTwin"/> may lie about.</summary>
[Flags]
public enum LieTarget
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The answers to transmit requests: numbers and statuses.</summary>
    TransmitResponses = 1,

    /// <summary>Received frames: numbers, offsets, flags, lengths, extra slots.</summary>
    ReceiveResponses = 2,

    /// <summary>The answers of the control ring.</summary>
    ControlResponses = 4,

    /// <summary>The indices at the start of the rings.</summary>
    Indices = 8,

    /// <summary>Any byte of the rings' pages.</summary>
    Pages = 16,

    /// <summary>Events without cause, many of them.</summary>
    Events = 32,

    /// <summary>The backend's nodes in xenstore.</summary>
    Store = 64,

    /// <summary>That it lives: it is gone at once, and comes back later.</summary>
    Death = 128,

    /// <summary>All of it.</summary>
    Everything = 255,
}
