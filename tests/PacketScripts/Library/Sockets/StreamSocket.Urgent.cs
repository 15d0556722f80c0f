using NetStack.Tcp;

namespace NetStack.PacketScripts;

// Urgent data as Linux has it: one byte, the last one before where the pointer points. It is taken out of the stream and
// read with MSG_OOB, or stays in it with SO_OOBINLINE.
internal sealed partial class StreamSocket
{
    private UrgentState _urgent;

    // Places in the stream, counted from its start: what was read, and the urgent byte.
    private long _readBytes;
    private long _urgentPlace;

    private bool IsInline => Choices.IsOn(LinuxOption.OutOfBandInline);

    /// <summary>Whether the reader stands before the urgent byte.</summary>
    private bool IsAtMark => _urgent != UrgentState.None && _urgentPlace == _readBytes;

    /// <summary>The bytes that can be read before the urgent one, or all.</summary>
    private int BytesToMark => _urgent != UrgentState.None && !IsInline && _urgentPlace >= _readBytes
        ? (int)Math.Min(_urgentPlace - _readBytes, _received.LengthBytes)
        : _received.LengthBytes;

    /// <summary>The peer tells of urgent data. Before what has arrived is taken.</summary>
    private void UrgentArrives(TcpConnection connection)
    {
        if (connection.UrgentBytes > 0)
        {
            _urgentPlace = _readBytes + _received.LengthBytes + connection.UrgentBytes - 1;
            _urgent = UrgentState.Announced;
        }
    }

    /// <summary>Data was taken: the urgent byte may be among it.</summary>
    private void UrgentMayBeHere()
    {
        if (_urgent == UrgentState.Announced && _readBytes + _received.LengthBytes > _urgentPlace)
        {
            _urgent = UrgentState.Here;
            Wake(LinuxPoll.ReadKey);
        }
    }

    private long ReceiveUrgent(MemoryPieces memory, int flags)
    {
        if (IsInline || _urgent is UrgentState.None or UrgentState.Read)
        {
            return -LinuxError.Invalid;
        }

        if (_urgent == UrgentState.Announced)
        {
            return _isReceiveShut || State == LinuxTcpState.Close ? 0 : -LinuxError.Again;
        }

        if (memory.LengthBytes == 0)
        {
            return 0;
        }

        if (memory.IsBad)
        {
            return -LinuxError.BadAddress;
        }

        memory.Write(0, _received.Peek((int)(_urgentPlace - _readBytes), 1));
        if ((flags & LinuxMessage.Peek) == 0)
        {
            _urgent = UrgentState.Read;
        }

        return 1;
    }

    /// <summary>The reader of the stream leaves the urgent byte out where it comes to it.</summary>
    private void PassMark()
    {
        if (IsAtMark && !IsInline && _received.LengthBytes > 0)
        {
            RemoveRead(1);
        }
    }

    private void RemoveRead(int bytes)
    {
        _received.RemoveFront(bytes);
        _readBytes += bytes;
        _connection?.Consumed(bytes, Host.Now);
        if (_urgent != UrgentState.None && _readBytes > _urgentPlace)
        {
            _urgent = UrgentState.None;
        }
    }
}
