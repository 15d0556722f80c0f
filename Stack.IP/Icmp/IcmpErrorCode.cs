namespace NetStack.IP;

/// <summary>The two languages of ICMP errors: type and code on the wire, <see cref="IcmpErrorKind"/> within the stack.</summary>
/// <remarks>RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1.</remarks>
internal static class IcmpErrorCode
{
    private const byte FragmentationNeeded = 4;
    private const byte CommunicationProhibited = 13;
    private const byte ReassemblyTimeExceeded = 1;

    /// <summary>What a received type and code say.</summary>
    /// <returns>Null where they are no error that we know.</returns>
    public static IcmpErrorKind? ToKind(IcmpType type, byte code) => type switch
    {
        IcmpType.DestinationUnreachable => code switch
        {
            0 or 6 or 11 => IcmpErrorKind.NetworkUnreachable,
            1 or 5 or 7 or 8 or 12 => IcmpErrorKind.HostUnreachable,
            2 => IcmpErrorKind.ProtocolUnreachable,
            3 => IcmpErrorKind.PortUnreachable,
            FragmentationNeeded => IcmpErrorKind.PacketTooBig,
            9 or 10 or CommunicationProhibited or 14 or 15 => IcmpErrorKind.Prohibited,
            _ => null,
        },
        IcmpType.TimeExceeded => code switch
        {
            0 => IcmpErrorKind.HopLimitExceeded,
            ReassemblyTimeExceeded => IcmpErrorKind.ReassemblyTimeExceeded,
            _ => null,
        },
        IcmpType.ParameterProblem => IcmpErrorKind.ParameterProblem,
        _ => null,
    };

    /// <summary>The type and code to send.</summary>
    public static (IcmpType Type, byte Code) FromKind(IcmpErrorKind kind) => kind switch
    {
        IcmpErrorKind.NetworkUnreachable => (IcmpType.DestinationUnreachable, 0),
        IcmpErrorKind.HostUnreachable => (IcmpType.DestinationUnreachable, 1),
        IcmpErrorKind.ProtocolUnreachable => (IcmpType.DestinationUnreachable, 2),
        IcmpErrorKind.PortUnreachable => (IcmpType.DestinationUnreachable, 3),
        IcmpErrorKind.PacketTooBig => (IcmpType.DestinationUnreachable, FragmentationNeeded),
        IcmpErrorKind.Prohibited => (IcmpType.DestinationUnreachable, CommunicationProhibited),
        IcmpErrorKind.HopLimitExceeded => (IcmpType.TimeExceeded, 0),
        IcmpErrorKind.ReassemblyTimeExceeded => (IcmpType.TimeExceeded, ReassemblyTimeExceeded),
        _ => (IcmpType.ParameterProblem, 0),
    };
}
