namespace NetStack.Sockets;

/// <content>Which stack a socket belongs to that is made without naming one.</content>
public sealed partial class NetworkStack
{
    private static readonly AsyncLocal<NetworkStack?> Entered = new();
    private static NetworkStack? _ofProcess;

    /// <summary>
    /// The stack of sockets that are made without naming one: that of the innermost <see cref="Enter"/> around the caller,
    /// else the one of <see cref="UseAsDefault"/>, else null.
    /// </summary>
    public static NetworkStack? Default => Entered.Value ?? Volatile.Read(ref _ofProcess);

    /// <summary>The stack of sockets that are made without naming one.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    internal static NetworkStack Current => Default ?? throw new InvalidOperationException(
        "There is no network stack for this socket. Start one with NetworkStack.Start(options), then call UseAsDefault() on it, "
        + "or make sockets inside 'using (stack.Enter())', or give the stack to the socket's constructor.");

    /// <summary>Makes this the stack of all sockets of the process that are made without naming one, until it is disposed.</summary>
    /// <returns>This stack.</returns>
    public NetworkStack UseAsDefault()
    {
        Volatile.Write(ref _ofProcess, this);
        return this;
    }

    /// <summary>
    /// Makes this the stack of the sockets that the caller makes without naming one, and whatever it calls or awaits, until
    /// the scope is disposed.
    /// </summary>
    public NetworkStackScope Enter()
    {
        NetworkStackScope scope = new(Entered, Entered.Value);
        Entered.Value = this;
        return scope;
    }

    private void StopBeingDefault() => Interlocked.CompareExchange(ref _ofProcess, null, this);
}
