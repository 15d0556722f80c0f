using System.Text.RegularExpressions;

namespace NetStack.Peers;

/// <summary>A running <c>netstack serve</c> on a TAP in a namespace, whose kernel has an address at the other end.</summary>
public sealed class NetstackServer : IDisposable
{
    private NetstackServer(RunningProcess process, string device, string address)
    {
        Process = process;
        Device = device;
        Address = address;
    }

    /// <summary>The process.</summary>
    public RunningProcess Process { get; }

    /// <summary>The device's name in the ready line.</summary>
    public string Device { get; }

    /// <summary>The stack's address in the ready line.</summary>
    public string Address { get; }

    /// <summary>Starts a server, gives the kernel its address on the TAP, and waits for the line <c>ready NAME ADDRESS</c>.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="arguments">What to serve, such as <c>--http</c> and <c>--echo</c>.</param>
    /// <param name="tap">The name of the TAP, made here.</param>
    /// <param name="address">The stack's address and prefix.</param>
    /// <param name="kernelAddress">The kernel's address and prefix at the other end.</param>
    /// <param name="mtuBytes">The TAP's MTU.</param>
    /// <exception cref="PeerException">The server ended, or time was up, before it was ready.</exception>
    public static async Task<NetstackServer> StartAsync(
        NetworkNamespace space,
        IEnumerable<string> arguments,
        string tap = "tap0",
        string address = "10.9.0.2/24",
        string kernelAddress = "10.9.0.1/24",
        int mtuBytes = 1500)
    {
        await space.AddTapAsync(tap, kernelAddress, mtuBytes, NetstackCommand.Queues).ConfigureAwait(false);
        RunningProcess process = NetstackCommand.Start(space, ["serve", "--if", $"tap:{tap}", "--ip", address, .. arguments]);
        try
        {
            Match ready = await process.WaitForLineAsync(@"^ready (\S+) (\S+)$", NetstackCommand.ReadyTimeout).ConfigureAwait(false);
            return new NetstackServer(process, ready.Groups[1].Value, ready.Groups[2].Value);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Stops the server as an administrator would.</summary>
    /// <returns>What it printed; the summary is at the end.</returns>
    public Task<ProcessOutcome> StopAsync() => Process.StopAsync();

    /// <inheritdoc/>
    public void Dispose() => Process.Dispose();
}
