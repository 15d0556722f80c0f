using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetStack.Core;

namespace NetStack.IP;

/// <summary>
/// The paths of a host by source and destination, bounded: the oldest are forgotten. Peers choose the destinations of our
/// answers, so the keys are hashed under a secret. Those that were found lately stand in a table of fixed size besides, each
/// in the one place that its addresses choose: whoever has peers meet there only sends the search on to the secret.
/// </summary>
internal sealed class PathCache(int maximumPaths, SipHashKey hashKey)
{
    private const int LateBits = 10;
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    private readonly IpPath?[] _late = new IpPath?[1 << LateBits];
    private readonly Dictionary<Key, IpPath> _paths = [];
    private readonly Queue<Key> _order = new();

    /// <summary>Finds a path of the present generation.</summary>
    /// <param name="source">The source asked for; the unspecified address where any will do.</param>
    /// <param name="destination">Where to.</param>
    public IpPath? Find(IpAddress source, IpAddress destination)
    {
        ref IpPath? late = ref LateOf(source, destination);
        if (late is { IsStale: false } found && found.Destination == destination && found.Source == source)
        {
            return found;
        }

        if (!_paths.TryGetValue(MakeKey(source, destination), out IpPath? path) || path.IsStale)
        {
            return null;
        }

        if (path.Source == source)
        {
            late = path;
        }

        return path;
    }

    /// <summary>Remembers a path under a source, which is the path's own or the unspecified one.</summary>
    public void Add(IpAddress source, IpPath path)
    {
        Key key = MakeKey(source, path.Destination);
        if (_paths.TryGetValue(key, out IpPath? old))
        {
            old.Forget();
            _paths[key] = path;
            return;
        }

        if (_order.Count >= maximumPaths && _paths.Remove(_order.Dequeue(), out IpPath? oldest))
        {
            oldest.Forget();
        }

        _paths.Add(key, path);
        _order.Enqueue(key);
    }

    // The product's upper bits, as many as number the places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref IpPath? LateOf(in IpAddress source, in IpAddress destination) => ref Unsafe.Add(
        ref MemoryMarshal.GetArrayDataReference(_late),
        (nint)(((source.Low ^ destination.Low ^ destination.High) * Multiplier) >> (64 - LateBits)));

    private Key MakeKey(IpAddress source, IpAddress destination) => new(
        source, destination, (int)SipHash.Hash(hashKey, source.High, source.Low, destination.High, destination.Low));

    private readonly struct Key(IpAddress source, IpAddress destination, int hash) : IEquatable<Key>
    {
        private readonly IpAddress _source = source;
        private readonly IpAddress _destination = destination;
        private readonly int _hash = hash;

        public bool Equals(Key other) => _source == other._source && _destination == other._destination;

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode() => _hash;
    }
}
