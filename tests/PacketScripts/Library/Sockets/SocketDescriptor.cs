using NetStack.Core;
using NetStack.IP;

namespace NetStack.PacketScripts;

/// <summary>What stream and datagram sockets have in common.</summary>
internal abstract class SocketDescriptor(ScriptedHost host, int number, int family) : Descriptor(host, number)
{
    /// <summary>The family of its addresses.</summary>
    public int Family { get; } = family;

    /// <summary>SO_REUSEADDR or SO_REUSEPORT.</summary>
    public bool ReusesAddress => Choices.IsOn(LinuxOption.ReuseAddress) || Choices.IsOn(LinuxOption.ReusePort);

    /// <summary>The address that bind(2) gave it.</summary>
    public IpEndPoint? Bound { get; protected set; }

    public SocketChoices Choices { get; protected init; } = new();

    public abstract int Type { get; }

    public abstract int Protocol { get; }

    public abstract bool IsListening { get; }

    /// <summary>The error that waits to be told (<c>sk_err</c>).</summary>
    protected int Error { get; set; }

    public abstract long Bind(IpEndPoint local);

    public abstract long Listen(int backlog);

    public abstract long Connect(IpEndPoint remote);

    /// <summary>connect(2) with AF_UNSPEC.</summary>
    public abstract long Disconnect();

    public abstract long Shutdown(int how);

    /// <summary>Receives.</summary>
    /// <param name="memory">Where to.</param>
    /// <param name="flags">Those of recv(2).</param>
    /// <param name="receipt">What else there is to tell.</param>
    public abstract long Receive(MemoryPieces memory, int flags, Receipt receipt);

    /// <summary>Sends.</summary>
    /// <param name="memory">What.</param>
    /// <param name="flags">Those of send(2).</param>
    /// <param name="destination">Where to, if the call says so.</param>
    public abstract long Send(MemoryPieces memory, int flags, IpEndPoint? destination);

    public abstract long Control(ulong request, out int value);

    /// <summary>Reads an option into memory of a given length.</summary>
    /// <returns>The length written, or the error, negated.</returns>
    public virtual int GetOption(int level, int option, Span<byte> value) => level switch
    {
        LinuxOption.LevelSocket => GetSocketOption(option, value),
        LinuxOption.LevelIp => Choices.GetIp(option, value),
        _ => -LinuxError.NoProtocolOption,
    };

    public virtual int SetOption(int level, int option, ReadOnlySpan<byte> value) => level switch
    {
        LinuxOption.LevelSocket => SetSocketOption(option, value),
        LinuxOption.LevelIp => Choices.SetIp(option, value) is var result && result == 0 ? ChoicesChanged() : result,
        _ => -LinuxError.NoProtocolOption,
    };

    protected Instant ReceiveDeadline => Choices.ReceiveTimeout is { } time ? Host.Now + time : Instant.Never;

    protected Instant SendDeadline => Choices.SendTimeout is { } time ? Host.Now + time : Instant.Never;

    protected int TakeError()
    {
        int error = Error;
        Error = 0;
        return error;
    }

    /// <summary>Puts the choices into force that the stack knows of.</summary>
    /// <returns>Zero, or the error, negated.</returns>
    protected abstract int ChoicesChanged();

    /// <summary>Whether another socket keeps an address to itself.</summary>
    protected bool IsTaken(IpEndPoint local)
    {
        foreach (SocketDescriptor other in Host.Sockets)
        {
            if (other != this && other.Type == Type && other.Bound is { } bound && bound.Port == local.Port
                && (bound.Address == local.Address || bound.Address.IsAny || local.Address.IsAny)
                && (!ReusesAddress || !other.ReusesAddress || other.IsListening))
            {
                return true;
            }
        }

        return false;
    }

    private int GetSocketOption(int option, Span<byte> value) => option switch
    {
        LinuxOption.Type => OptionValue.Write(Type, value),
        LinuxOption.Protocol => OptionValue.Write(Protocol, value),
        LinuxOption.Domain => OptionValue.Write(Family, value),
        LinuxOption.Error => OptionValue.Write(TakeError(), value),
        LinuxOption.AcceptsConnections => OptionValue.Write(IsListening ? 1 : 0, value),
        _ => Choices.Get(option, value),
    };

    private int SetSocketOption(int option, ReadOnlySpan<byte> value)
    {
        int result = Choices.Set(option, value);
        return result == 0 ? ChoicesChanged() : result;
    }
}
