using NetStack.IP;

namespace NetStack.Tcp;

// What is about to be received. Among a million connections each segment finds its own out of the cache, and would wait
// for it in several steps, one after the other: the slot of the table, then the connection. For a whole burst, the steps
// of all segments overlap.
public sealed partial class TcpDemultiplexer
{
    /// <summary>The connections that a second-level cache holds.</summary>
    private const int CachedConnections = 2_048;

    private uint[] _expectedHashes = [];

    /// <inheritdoc/>
    public bool IsExpecting => _table.Count > CachedConnections;

    /// <inheritdoc/>
    public void Expect(ReadOnlySpan<FlowEnds> flows)
    {
        if (_expectedHashes.Length < flows.Length)
        {
            _expectedHashes = new uint[flows.Length];
        }

        for (int i = 0; i < flows.Length; i++)
        {
            uint hash = _table.HashOf(flows[i].Destination, flows[i].Source);
            _expectedHashes[i] = hash;
            _table.ExpectSlot(hash);
        }

        for (int i = 0; i < flows.Length; i++)
        {
            _table.ExpectBlock(_expectedHashes[i]);
        }
    }
}
