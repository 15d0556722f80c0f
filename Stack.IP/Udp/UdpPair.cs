using NetStack.Core;

namespace NetStack.IP;

/// <summary>Both ends of a connected endpoint, as a key: hashed under a secret, as peers choose one half of it.</summary>
internal readonly struct UdpPair : IEquatable<UdpPair>
{
    private readonly IpEndPoint _local;
    private readonly IpEndPoint _remote;
    private readonly int _hash;

    public UdpPair(in IpEndPoint local, in IpEndPoint remote, in SipHashKey key)
    {
        _local = local;
        _remote = remote;
        ulong ports = ((ulong)local.Port << 16) | remote.Port;
        _hash = (int)SipHash.Hash(key, ports, local.Address.Low, remote.Address.High, remote.Address.Low);
    }

    public bool Equals(UdpPair other) => _remote == other._remote && _local == other._local;

    public override bool Equals(object? obj) => obj is UdpPair other && Equals(other);

    public override int GetHashCode() => _hash;
}
