namespace NetStack.Sockets;

/// <summary>The time-out of a blocking call: none costs nothing.</summary>
/// <param name="milliseconds">The time-out; 0 and less: none.</param>
internal readonly struct Deadline(int milliseconds) : IDisposable
{
    private readonly CancellationTokenSource? _source = milliseconds > 0 ? new CancellationTokenSource(milliseconds) : null;

    /// <summary>Cancelled when the time is up.</summary>
    public CancellationToken Token => _source?.Token ?? CancellationToken.None;

    public void Dispose() => _source?.Dispose();
}
