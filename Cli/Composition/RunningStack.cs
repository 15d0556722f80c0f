using NetStack.Cli.Output;
using NetStack.Drivers.Tap;
using NetStack.Ethernet;
using NetStack.Sockets;

namespace NetStack.Cli.Composition;

/// <summary>A stack that a verb opened, with all that has to be closed after it.</summary>
internal sealed class RunningStack : IAsyncDisposable
{
    private readonly Terminal _terminal;
    private readonly CaptureLog? _capture;
    private readonly IReadOnlyList<SimulatedPeer> _peers;
    private bool _isDisposed;

    internal RunningStack(
        NetworkStack stack,
        NetworkStackOptions options,
        IReadOnlyList<TapDevice> taps,
        IReadOnlyList<SimulatedPeer> peers,
        CaptureLog? capture,
        Terminal terminal)
    {
        Stack = stack;
        Devices = [.. options.Devices];
        Taps = taps;
        _peers = peers;
        _capture = capture;
        _terminal = terminal;
    }

    /// <summary>The stack.</summary>
    public NetworkStack Stack { get; }

    /// <summary>Its devices, each with its addresses.</summary>
    public IReadOnlyList<DeviceOptions> Devices { get; }

    /// <summary>Those of the devices that are TAPs, which may be deleted under the stack.</summary>
    public IReadOnlyList<TapDevice> Taps { get; }

    /// <summary>Ends the stack, then its peers, then the capture.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        try
        {
            await Stack.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            foreach (SimulatedPeer peer in _peers)
            {
                await peer.DisposeAsync().ConfigureAwait(false);
            }

            _capture?.Dispose();
        }

        if (_capture?.Failure is { } failure)
        {
            _terminal.Warn($"the capture is not complete: {failure.Message}");
        }
    }
}
