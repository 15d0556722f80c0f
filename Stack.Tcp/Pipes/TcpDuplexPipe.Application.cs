using NetStack.Core;

namespace NetStack.Tcp;

// Called by the reader and the writer, on the application's thread.
public sealed partial class TcpDuplexPipe
{
    internal void Post() => _mailbox.Post(this);

    internal void ReturnBlocks(PacketBuffer chain)
    {
        _hasUnposted = true;
        _returnedByReader.Put(chain);
    }

    internal void ReturnUnwritten(PacketBuffer chain)
    {
        _returnedByWriter.Put(chain);
        _mailbox.Post(this);
    }

    internal void Consumed(long bytes)
    {
        _hasUnposted = true;
        Volatile.Write(ref _consumedBytes, _consumedBytes + bytes);

        // A reader that never has to wait still has to open the window now and then.
        if (_consumedBytes - Volatile.Read(ref _consumedSeen) >= PostConsumedBytes)
        {
            PostReturned();
        }
    }

    /// <summary>Application, about to wait: lets the loop know of what was returned since the last time.</summary>
    internal void PostReturned()
    {
        if (_hasUnposted)
        {
            _hasUnposted = false;
            _mailbox.Post(this);
        }
    }

    internal void ReaderCompleted() => _mailbox.Post(this);

    internal void WriterCompleted(Exception? exception)
    {
        if (exception is not null)
        {
            _isAborting = true;
        }

        _mailbox.Post(this);
    }
}
