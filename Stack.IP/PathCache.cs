using NetStack.Core;

namespace NetStack.IP;

/// <summary>
/// The paths of a host by source and destination, bounded: the oldest are forgotten. Peers choose the destinations of our
/// answers, so the keys are hashed under a secret.
/// </summary>
internal sealed class PathCache(int maximumPaths, SipHashKey hashKey)
{
    private readonly Dictionary<Key, IpPath> _paths = [];
    private readonly Queue<Key> _order = new();
    private IpPath? _last;

    /// <summary>Finds a path of the present generation.</summary>
    /// <param name="source">The source asked for; the unspecified address where any will do.</param>
    /// <param name="destination">Where to.</param>
    public IpPath? Find(IpAddress source, IpAddress destination)
    {
        if (_last is { IsStale: false } last && last.Destination == destination && last.Source == source)
        {
            return last;
        }

        if (!_paths.TryGetValue(MakeKey(source, destination), out IpPath? path) || path.IsStale)
        {
            return null;
        }

        _last = path;
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
