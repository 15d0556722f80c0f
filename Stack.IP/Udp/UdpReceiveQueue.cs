using NetStack.Core;

namespace NetStack.IP;

/// <summary>The datagrams an endpoint's owner has not taken yet: a ring that grows up to its limit.</summary>
internal sealed class UdpReceiveQueue(int maximumBytes, int maximumDatagrams)
{
    private const int InitialDatagrams = 8;

    private UdpDatagram[] _datagrams = [];
    private int _first;
    private int _bytes;

    /// <summary>The datagrams that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Appends a datagram, if its blocks fit the limits.</summary>
    public bool TryAppend(in UdpDatagram datagram)
    {
        int bytes = PacketChain.HeldBytes(datagram.Packet);
        if (Count >= maximumDatagrams || bytes > maximumBytes - _bytes)
        {
            return false;
        }

        if (Count == _datagrams.Length)
        {
            Grow();
        }

        _datagrams[(_first + Count) & (_datagrams.Length - 1)] = datagram;
        _bytes += bytes;
        Count++;
        return true;
    }

    /// <summary>Takes the oldest datagram.</summary>
    public bool TryTake(out UdpDatagram datagram)
    {
        if (Count == 0)
        {
            datagram = default;
            return false;
        }

        datagram = _datagrams[_first];
        _datagrams[_first] = default;
        _first = (_first + 1) & (_datagrams.Length - 1);
        _bytes -= PacketChain.HeldBytes(datagram.Packet);
        Count--;
        return true;
    }

    private void Grow()
    {
        UdpDatagram[] larger = new UdpDatagram[Math.Max(InitialDatagrams, _datagrams.Length * 2)];
        for (int i = 0; i < Count; i++)
        {
            larger[i] = _datagrams[(_first + i) & (_datagrams.Length - 1)];
        }

        _datagrams = larger;
        _first = 0;
    }
}
