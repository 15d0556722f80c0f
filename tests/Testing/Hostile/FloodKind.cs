namespace NetStack.Testing.Tests.Hostile;

/// <summary>What a flood is made of. Sequence and acknowledgment numbers are random.</summary>
public enum FloodKind
{
    /// <summary>SYNs from everywhere.</summary>
    Synchronize,

    /// <summary>SYNs that seem to come from the client's end of the connection.</summary>
    SynchronizeOfTheClient,

    /// <summary>Resets of the connection.</summary>
    Reset,

    /// <summary>Acknowledgments on the connection.</summary>
    Acknowledgment,

    /// <summary>Data on the connection.</summary>
    Data,

    /// <summary>FINs on the connection.</summary>
    Finish,
}
