namespace NetStack.Core;

/// <summary>
/// Elements in the order in which they came, through links that they carry themselves: what is full gives up the oldest.
/// An element is on one such list at most. To be held in a field that is not read-only.
/// </summary>
/// <typeparam name="T">The elements.</typeparam>
public struct AgeList<T>
    where T : class, IAged<T>
{
    private T? _newest;

    /// <summary>The one that is longest in the list; null where there is none.</summary>
    public T? Oldest { get; private set; }

    /// <summary>Puts an element at the end. It must be on no list.</summary>
    public void Append(T element)
    {
        element.Older = _newest;
        if (_newest is null)
        {
            Oldest = element;
        }
        else
        {
            _newest.Newer = element;
        }

        _newest = element;
    }

    /// <summary>Takes an element out. It must be on this list.</summary>
    public void Remove(T element)
    {
        if (element.Older is { } older)
        {
            older.Newer = element.Newer;
        }
        else
        {
            Oldest = element.Newer;
        }

        if (element.Newer is { } newer)
        {
            newer.Older = element.Older;
        }
        else
        {
            _newest = element.Older;
        }

        element.Older = element.Newer = null;
    }
}
