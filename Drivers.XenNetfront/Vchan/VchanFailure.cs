namespace NetStack.Drivers.XenNetfront;

/// <summary>The words for each failure of a vchan: where, what, and what to do.</summary>
internal static class VchanFailure
{
    public static XenException Lie(string name, string what) =>
        new(XenError.ProtocolBroken, $"{name}: {what}; the channel is closed, open it anew once the other side is in order.");

    public static XenException Index(string name, bool isReader, int sizeBytes) =>
        Lie(name, $"the other side's {(isReader ? "producer" : "consumer")} index is none of a ring of {sizeBytes} bytes");

    public static XenException NotServed(string name, string what) =>
        new(XenError.NoDevice, $"{name}: {what}; see whether the server still runs, and start it anew.");

    public static XenException Restored(string name) =>
        new(XenError.NoDevice, $"{name}: this domain was restored, and what it shared is gone; open the channel anew.");

    public static XenException Silent(string name, int transactions) =>
        new(XenError.Busy, $"{name}: {transactions} transactions in xenstore were disturbed by others; open the channel anew.");
}
