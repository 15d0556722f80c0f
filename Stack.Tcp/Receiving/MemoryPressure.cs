namespace NetStack.Tcp;

/// <summary>How far the memory of all connections of a host is used up.</summary>
public enum MemoryPressure
{
    /// <summary>At most half: buffers grow as connections have use for them.</summary>
    None,

    /// <summary>More than half: no buffer grows, and a connection is offered a share of what is left.</summary>
    Moderate,

    /// <summary>All of it: what lies behind gaps is given back, and connections that hold unread data take in no more.</summary>
    Critical,
}
