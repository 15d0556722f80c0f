namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>The datagrams of a capture whose fragments are not all seen yet. Bounded: the oldest makes room.</summary>
internal sealed class FragmentStore
{
    private const int MaximumDatagrams = 256;

    private readonly Dictionary<FragmentKey, FragmentedDatagram> _datagrams = [];
    private readonly Queue<(FragmentKey Key, FragmentedDatagram Datagram)> _ages = [];

    /// <summary>Adds a fragment.</summary>
    /// <param name="key">The datagram it is part of.</param>
    /// <param name="protocol">The protocol its header names.</param>
    /// <param name="offset">Where its bytes go in the datagram.</param>
    /// <param name="bytes">Its payload.</param>
    /// <param name="isLast">Whether the datagram ends with it.</param>
    /// <returns>The datagram where this fragment completes it; null otherwise.</returns>
    public FragmentedDatagram? Add(FragmentKey key, byte protocol, int offset, ReadOnlySpan<byte> bytes, bool isLast)
    {
        if (!_datagrams.TryGetValue(key, out FragmentedDatagram? datagram))
        {
            MakeRoom();
            datagram = new FragmentedDatagram();
            _datagrams.Add(key, datagram);
            _ages.Enqueue((key, datagram));
        }

        datagram.Add(protocol, offset, bytes, isLast);
        if (!datagram.IsComplete)
        {
            return null;
        }

        _datagrams.Remove(key);
        return datagram;
    }

    private void MakeRoom()
    {
        while (_ages.Count >= MaximumDatagrams)
        {
            (FragmentKey key, FragmentedDatagram datagram) = _ages.Dequeue();
            if (_datagrams.TryGetValue(key, out FragmentedDatagram? current) && ReferenceEquals(current, datagram))
            {
                _datagrams.Remove(key);
            }
        }
    }
}
