namespace NetStack.IP;

/// <summary>The ports from one to another, both included.</summary>
public readonly record struct PortRange
{
    /// <summary>Makes a range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The last port stands before the first.</exception>
    public PortRange(ushort first, ushort last)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        First = first;
        Last = last;
    }

    /// <summary>Makes a range of one port.</summary>
    public PortRange(ushort port)
        : this(port, port)
    {
    }

    /// <summary>The first port.</summary>
    public ushort First { get; }

    /// <summary>The last port.</summary>
    public ushort Last { get; }
}
