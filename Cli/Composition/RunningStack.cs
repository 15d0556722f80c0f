using NetStack.Cli.Output;
using NetStack.Drivers.Tap;
using NetStack.Drivers.XenNetfront;
using NetStack.Ethernet;
using NetStack.Sockets;

namespace NetStack.Cli.Composition;

/// <summary>A stack that a verb opened, with all that has to be closed after it.</summary>
internal sealed class RunningStack : IAsyncDisposable
{
    private readonly Terminal _terminal;
    private bool _isDisposed;

    internal RunningStack(NetworkStack stack, NetworkStackOptions options, Terminal terminal)
    {
        Stack = stack;
        Devices = [.. options.Devices];
        _terminal = terminal;
    }

    /// <summary>The stack.</summary>
    public NetworkStack Stack { get; }

    /// <summary>Its devices, each with its addresses.</summary>
    public IReadOnlyList<DeviceOptions> Devices { get; }

    /// <summary>Those of the devices that are TAPs, which may be deleted under the stack.</summary>
    public required IReadOnlyList<TapDevice> Taps { get; init; }

    /// <summary>Those of the devices that are Xen's, whose backend may go and come back.</summary>
    public required IReadOnlyList<NetfrontDevice> Netfronts { get; init; }

    internal required IReadOnlyList<SimulatedPeer> Peers { get; init; }

    internal required CaptureLog? Capture { get; init; }

    internal required LinuxHypervisor? Hypervisor { get; init; }

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
            foreach (SimulatedPeer peer in Peers)
            {
                await peer.DisposeAsync().ConfigureAwait(false);
            }

            Capture?.Dispose();
            Hypervisor?.Dispose();
        }

        if (Capture?.Failure is { } failure)
        {
            _terminal.Warn($"the capture is not complete: {failure.Message}");
        }
    }
}
