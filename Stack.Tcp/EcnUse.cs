namespace NetStack.Tcp;

/// <summary>What a connection does about explicit congestion notification.</summary>
/// <remarks>RFC 3168 §6.1; RFC 9768 §3.1.</remarks>
public enum EcnUse : byte
{
    /// <summary>Nothing: it is neither asked for nor agreed to.</summary>
    Off,

    /// <summary>Agreed to in the form of RFC 3168 where the peer asks.</summary>
    Accept,

    /// <summary>Asked for and agreed to in the form of RFC 3168.</summary>
    Ask,

    /// <summary>Agreed to in whichever form the peer asks for.</summary>
    AcceptAccurate,

    /// <summary>Asked for in the accurate form, and used in the form that the peer speaks.</summary>
    AskAccurate,
}
