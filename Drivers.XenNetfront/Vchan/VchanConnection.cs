using System.IO.Pipelines;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// A stream of bytes to another domain through shared memory and one event channel, as a pair of pipes: Xen's vchan, without TCP
/// or a network. Speaks with the programs of Xen's <c>libxenvchan</c>.
/// </summary>
/// <remarks>
/// <para>Xen's <c>io/libxenvchan.h</c>. Each channel has one server, which makes the rings, and one client at a time. A vchan has no
/// half close: who disposes it has left, and the peer reads what was sent until then.</para>
/// <para>One thread for each channel carries the bytes, so that the application is never handed memory that the peer can change.
/// What the peer writes into the rings' indices is checked; where it lies, both pipes end with a <see cref="XenException"/>.</para>
/// <para>A channel does not survive a suspend of its domain: it ends, and is to be opened anew.</para>
/// </remarks>
public sealed class VchanConnection : IDuplexPipe, IAsyncDisposable
{
    private readonly VchanPump _pump;

    private VchanConnection(VchanPump pump) => _pump = pump;

    /// <summary>What messages call it, such as <c>vchan data/echo with domain 3</c>.</summary>
    public string Name => _pump.Name;

    /// <summary>What the peer sends. Ends as the peer leaves; throws a <see cref="XenException"/> where the channel broke.</summary>
    public PipeReader Input => _pump.Input;

    /// <summary>What is sent to the peer. A flush waits for room; it says that it is completed where the peer has left, and throws where the channel broke.</summary>
    public PipeWriter Output => _pump.Output;

    /// <summary>Completes when the peer has come; ends with an error where the channel ends before that.</summary>
    public Task Connected => _pump.Connected;

    /// <summary>Completes when the channel has ended and all it shared is taken back.</summary>
    public Task Closed => _pump.Ended;

    /// <summary>Opens a channel for one client, which may come later: what is written until then waits for it.</summary>
    /// <param name="hypervisor">Xen. Stays the caller's.</param>
    /// <param name="domain">The client's domain.</param>
    /// <param name="path">Where xenstore says so, such as <c>data/echo</c>: relative ones are below this domain's home.</param>
    /// <param name="options">How; the defaults where null.</param>
    /// <exception cref="XenException">Grants, event channels or the right to write there are missing.</exception>
    public static VchanConnection Listen(IHypervisor hypervisor, ushort domain, string path, VchanOptions? options = null)
    {
        VchanPump pump = new(hypervisor, domain, path, isServer: true, options ?? new VchanOptions());
        pump.Start();
        return new VchanConnection(pump);
    }

    /// <summary>Connects to a channel that another domain serves, and waits for it to do so.</summary>
    /// <param name="hypervisor">Xen. Stays the caller's.</param>
    /// <param name="domain">The server's domain.</param>
    /// <param name="path">Where xenstore says so: relative ones are below the server's home, as the server gave them.</param>
    /// <param name="options">How; the defaults where null. The server chose the rings.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="XenException">xenstore refuses, or what the server offers is no good.</exception>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    public static async Task<VchanConnection> ConnectAsync(
        IHypervisor hypervisor, ushort domain, string path, VchanOptions? options = null, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        VchanPump pump = new(hypervisor, domain, path, isServer: false, options ?? new VchanOptions());
        pump.Start();
        using CancellationTokenRegistration canceled = cancel.Register(pump.Close);
        try
        {
            await pump.Connected.ConfigureAwait(false);
        }
        catch
        {
            await pump.Ended.ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            throw;
        }

        return new VchanConnection(pump);
    }

    /// <summary>Leaves, once what was flushed is in the ring (within <see cref="VchanOptions.LingerLimit"/>), and takes back what was shared.</summary>
    public async ValueTask DisposeAsync()
    {
        _pump.Close();
        await _pump.Ended.ConfigureAwait(false);
    }
}
