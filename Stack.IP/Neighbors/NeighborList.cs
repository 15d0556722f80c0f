using NetStack.Core;

namespace NetStack.IP;

/// <summary>Neighbours in the order in which they came to the list: the oldest goes first when the table is full.</summary>
internal sealed class NeighborList
{
    private AgeList<Neighbor> _neighbors;

    /// <summary>The one that is longest in the list.</summary>
    public Neighbor? Oldest => _neighbors.Oldest;

    /// <summary>Puts a neighbour at the end, taking it out of the list it is in.</summary>
    public void Append(Neighbor neighbor)
    {
        neighbor.List?.Remove(neighbor);
        neighbor.List = this;
        _neighbors.Append(neighbor);
    }

    /// <summary>Takes a neighbour out.</summary>
    public void Remove(Neighbor neighbor)
    {
        neighbor.List = null;
        _neighbors.Remove(neighbor);
    }
}
