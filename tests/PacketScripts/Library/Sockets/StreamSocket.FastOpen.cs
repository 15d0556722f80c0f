using NetStack.Core;
using NetStack.IP;

namespace NetStack.PacketScripts;

// sendto with MSG_FASTOPEN, and TCP_FASTOPEN_CONNECT.
internal sealed partial class StreamSocket
{
    /// <summary>Where to the connection opens as soon as something is written.</summary>
    private IpEndPoint? _deferredRemote;

    private long SendFast(MemoryPieces memory, int flags, IpEndPoint? destination)
    {
        if (!Host.Flags.FastOpen)
        {
            return -LinuxError.NotSupported;
        }

        IpEndPoint? remote = _deferredRemote ?? destination;
        switch (_phase)
        {
            case StreamPhase.Connecting when _deferredRemote is null && IsHalfOpen:
                return -LinuxError.Already;
            case StreamPhase.Connecting when _deferredRemote is null:
                // It is open meanwhile: nothing is left to be fast about.
                return SendPlainly(memory, flags);
            case StreamPhase.Connected or StreamPhase.Listening:
                return -LinuxError.IsConnected;
            default:
                if (remote is null)
                {
                    return -LinuxError.Invalid;
                }

                break;
        }

        bool mayWait = !IsNonBlocking && (flags & LinuxMessage.DoNotWait) == 0;
        long sent = 0;
        bool isOpening = false;
        return Host.Call(mayWait, -LinuxError.InProgress, SendDeadline, () =>
        {
            if (!isOpening)
            {
                isOpening = true;
                return OpenWith(memory, remote.Value, mayWait, ref sent);
            }

            if (_phase == StreamPhase.Connecting && ConnectionResult() is var result && result != 0)
            {
                return result;
            }

            return TrySend(memory, flags, hasWaited: false, ref sent);
        });
    }

    /// <summary>Opens the connection with as much on its SYN as there is room for, where the peer has given a cookie.</summary>
    private long OpenWith(MemoryPieces memory, IpEndPoint remote, bool mayWait, ref long sent)
    {
        if (memory.IsBad)
        {
            return -LinuxError.BadAddress;
        }

        int room = Host.Tcp.FastOpenBytes(remote.Address, Host.Now);
        _deferredRemote = null;
        _phase = StreamPhase.Unconnected;
        long result = Open(remote, isFast: true);
        if (result != BlockedCall.Waits)
        {
            return result;
        }

        int part = (int)Math.Min(memory.LengthBytes, room);
        byte[] bytes = new byte[part];
        memory.Read(0, bytes);
        if (part > 0 && Host.Pool.TryLeaseCopy(bytes) is { } chain)
        {
            _connection!.Append(chain, Host.Now);
            sent = part;
        }

        return mayWait || sent == 0 ? BlockedCall.Waits : sent;
    }
}
