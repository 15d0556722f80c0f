namespace NetStack.Sockets;

/// <summary>The time during which a stack is that of the caller's sockets; ends when disposed. See <see cref="NetworkStack.Enter"/>.</summary>
public readonly struct NetworkStackScope : IDisposable
{
    private readonly AsyncLocal<NetworkStack?>? _entered;
    private readonly NetworkStack? _before;

    internal NetworkStackScope(AsyncLocal<NetworkStack?> entered, NetworkStack? before)
    {
        _entered = entered;
        _before = before;
    }

    /// <summary>Makes the stack that was the caller's before so again.</summary>
    public void Dispose()
    {
        if (_entered is not null)
        {
            _entered.Value = _before;
        }
    }
}
