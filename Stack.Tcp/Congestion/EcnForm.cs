namespace NetStack.Tcp;

/// <summary>The form of ECN feedback that both ends of a connection agreed upon.</summary>
internal enum EcnForm : byte
{
    None,

    /// <summary>One echo a round trip.</summary>
    /// <remarks>RFC 3168 §6.1.</remarks>
    Classic,

    /// <summary>A count of marks in every segment.</summary>
    /// <remarks>RFC 9768.</remarks>
    Accurate,
}
