namespace NetStack.Drivers.XenNetfront;

/// <summary>The words for each fault: where, what, and what to do.</summary>
internal static class NetfrontFailure
{
    private const string OtherSide = "the interface connects again when the backend has closed it; if it happens again, mistrust the backend's domain";

    public static string? Describe(NetfrontLink link) => link.Fault switch
    {
        NetfrontFault.None => null,
        NetfrontFault.ResponsesBeyondRequests => $"{link.Name}: the backend answered more requests than there were; {OtherSide}.",
        NetfrontFault.UnknownIdentifier => $"{link.Name}: the backend answered a request that was never made; {OtherSide}.",
        NetfrontFault.UnknownStatus => $"{link.Name}: the backend answered with a status that makes no sense; {OtherSide}.",
        NetfrontFault.BytesBeyondPage => $"{link.Name}: the backend told of received bytes beyond their page; {OtherSide}.",
        NetfrontFault.FrameTooLong => $"{link.Name}: the backend sent a frame longer than any may be; {OtherSide}.",
        NetfrontFault.TooManyExtraSlots => $"{link.Name}: the backend sent extra slots without end; {OtherSide}.",
        NetfrontFault.ControlRingBroken => $"{link.Name}: the backend broke the protocol of the control ring; {OtherSide}.",
        NetfrontFault.StoreMalformed => $"{link.Name}: what xenstore says of the backend makes no sense; look at it with \"xenstore-ls {link.BackendPath}\".",
        NetfrontFault.FeatureLost => $"{link.Name}: the backend that came back has fewer features or queues than the one before; start the program again.",
        NetfrontFault.Exhausted => $"{link.Name}: no more grants, event channels or memory; raise the platform's limit (for Linux: \"echo 65536 > /sys/module/xen_gntalloc/parameters/limit\").",
        _ => link.Failure ?? $"{link.Name}: xenstore or a device file failed.",
    };
}
