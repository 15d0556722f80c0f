namespace NetStack.Tcp;

/// <summary>Which list of connections one is on.</summary>
internal enum ConnectionListKind : byte
{
    None,

    /// <summary>Half-open, at a listen endpoint.</summary>
    SynQueue,

    /// <summary>Established and not accepted, at a listen endpoint.</summary>
    AcceptQueue,

    /// <summary>With events for its owner, at the demultiplexer.</summary>
    Active,
}
