namespace NetStack.IP;

/// <summary>Neighbours in the order in which they came to the list: the oldest goes first when the table is full.</summary>
internal sealed class NeighborList
{
    private Neighbor? _newest;

    /// <summary>The one that is longest in the list.</summary>
    public Neighbor? Oldest { get; private set; }

    /// <summary>Puts a neighbour at the end, taking it out of the list it is in.</summary>
    public void Append(Neighbor neighbor)
    {
        neighbor.List?.Remove(neighbor);
        neighbor.List = this;
        neighbor.Older = _newest;
        if (_newest is null)
        {
            Oldest = neighbor;
        }
        else
        {
            _newest.Newer = neighbor;
        }

        _newest = neighbor;
    }

    /// <summary>Takes a neighbour out.</summary>
    public void Remove(Neighbor neighbor)
    {
        if (neighbor.Older is null)
        {
            Oldest = neighbor.Newer;
        }
        else
        {
            neighbor.Older.Newer = neighbor.Newer;
        }

        if (neighbor.Newer is null)
        {
            _newest = neighbor.Older;
        }
        else
        {
            neighbor.Newer.Older = neighbor.Older;
        }

        neighbor.Older = null;
        neighbor.Newer = null;
        neighbor.List = null;
    }
}
