using System.Diagnostics.CodeAnalysis;

namespace NetStack.Sockets;

/// <summary>
/// Lets one operation in at a time, the others in the order they came. The pipes take one reader and one writer; a socket
/// takes any number of them.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A semaphore whose wait handle nobody asks for holds nothing.")]
internal sealed class Gate
{
    private readonly SemaphoreSlim _free = new(1, 1);

    /// <summary>Enters if nobody else is in.</summary>
    public bool TryEnter() => _free.Wait(0);

    /// <summary>Enters when the others are out.</summary>
    public Task EnterAsync(CancellationToken cancellationToken) => _free.WaitAsync(cancellationToken);

    /// <summary>Enters when the others are out; blocks.</summary>
    public void Enter(CancellationToken cancellationToken) => _free.Wait(cancellationToken);

    /// <summary>Lets the next one in.</summary>
    public void Leave() => _free.Release();
}
