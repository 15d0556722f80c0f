using System.Runtime.CompilerServices;

namespace NetStack.IP;

/// <summary>A <see cref="FilterRule"/> as numbers that lie side by side: what it does not name it compares under a mask of zero.</summary>
internal readonly struct CompiledRule
{
    private readonly ulong _mask;
    private readonly ulong _addresses;
    private readonly ushort _firstSource;
    private readonly ushort _sourceSpan;
    private readonly ushort _firstDestination;
    private readonly ushort _destinationSpan;
    private readonly byte _protocolMask;
    private readonly byte _protocol;
    private readonly bool _needsPorts;

    public CompiledRule(FilterRule rule)
    {
        Verdict = rule.Verdict;
        _mask = ((ulong)MaskOf(rule.Source) << 32) | MaskOf(rule.Destination);
        _addresses = (((ulong)ValueOf(rule.Source) << 32) | ValueOf(rule.Destination)) & _mask;
        _protocolMask = rule.Protocol is null ? (byte)0 : byte.MaxValue;
        _protocol = (byte)(rule.Protocol ?? 0);
        _needsPorts = rule.SourcePorts is not null || rule.DestinationPorts is not null;
        PortRange all = new(ushort.MinValue, ushort.MaxValue);
        PortRange source = rule.SourcePorts ?? all;
        PortRange destination = rule.DestinationPorts ?? all;
        _firstSource = source.First;
        _sourceSpan = (ushort)(source.Last - source.First);
        _firstDestination = destination.First;
        _destinationSpan = (ushort)(destination.Last - destination.First);
    }

    public FilterVerdict Verdict { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Matches(in FilterKey key) =>
        (key.Addresses & _mask) == _addresses
        && (key.Protocol & _protocolMask) == _protocol
        && (!_needsPorts || (key.HasPorts
            && (ushort)(key.SourcePort - _firstSource) <= _sourceSpan
            && (ushort)(key.DestinationPort - _firstDestination) <= _destinationSpan));

    private static uint MaskOf(IpPrefix? prefix) => prefix is { Length: > 0 } some ? uint.MaxValue << (32 - some.Length) : 0;

    private static uint ValueOf(IpPrefix? prefix) => prefix?.Address.ValueV4 ?? 0;
}
