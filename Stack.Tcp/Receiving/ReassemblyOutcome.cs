namespace NetStack.Tcp;

/// <summary>What became of payload given to a <see cref="Reassembly"/>.</summary>
internal enum ReassemblyOutcome
{
    /// <summary>Held; the chain is the reassembly's.</summary>
    Added,

    /// <summary>All of it is held already; the chain is still the caller's.</summary>
    Duplicate,

    /// <summary>As much is held as may be; the chain is still the caller's.</summary>
    Full,
}
