using System.Diagnostics;

namespace NetStack.Tcp;

/// <summary>A list of connections through links that they carry themselves. A connection is on one such list at most.</summary>
internal struct ConnectionList
{
    private TcpConnection? _last;

    /// <summary>The one that waits longest.</summary>
    public TcpConnection? First { get; private set; }

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    public void Append(TcpConnection connection, ConnectionListKind kind)
    {
        Debug.Assert(connection.ListKind == ConnectionListKind.None);
        connection.ListKind = kind;
        connection.PreviousInList = _last;
        if (_last is null)
        {
            First = connection;
        }
        else
        {
            _last.NextInList = connection;
        }

        _last = connection;
        Count++;
    }

    public void Remove(TcpConnection connection)
    {
        if (connection.PreviousInList is { } previous)
        {
            previous.NextInList = connection.NextInList;
        }
        else
        {
            First = connection.NextInList;
        }

        if (connection.NextInList is { } next)
        {
            next.PreviousInList = connection.PreviousInList;
        }
        else
        {
            _last = connection.PreviousInList;
        }

        connection.NextInList = null;
        connection.PreviousInList = null;
        connection.ListKind = ConnectionListKind.None;
        Count--;
    }
}
