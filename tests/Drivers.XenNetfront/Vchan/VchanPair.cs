using System.IO.Pipelines;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>Two domains of a machine in process, one of which serves a vchan to the other.</summary>
internal sealed class VchanPair : IAsyncDisposable
{
    public const string Path = "data/channel";
    public const ushort ServerDomain = 5;
    public const ushort ClientDomain = 6;

    private readonly List<VchanConnection> _opened = [];

    public VchanPair()
    {
        Server = Xen.AddDomain(ServerDomain);
        Client = Xen.AddDomain(ClientDomain);
    }

    public SimulatedXen Xen { get; } = new();

    public SimulatedHypervisor Server { get; }

    public SimulatedHypervisor Client { get; }

    public VchanConnection Listen(VchanOptions? options = null)
    {
        VchanConnection connection = VchanConnection.Listen(Server, ClientDomain, Path, options);
        _opened.Add(connection);
        return connection;
    }

    public async Task<VchanConnection> ConnectAsync(CancellationToken cancel = default)
    {
        VchanConnection connection = await VchanConnection.ConnectAsync(Client, ServerDomain, Path, cancel: cancel);
        _opened.Add(connection);
        return connection;
    }

    /// <summary>Reads to the end of the stream.</summary>
    public static async Task<byte[]> ReadAllAsync(PipeReader reader)
    {
        using MemoryStream all = new();
        await reader.CopyToAsync(all);
        return all.ToArray();
    }

    public static async Task<byte[]> ReadAsync(PipeReader reader, int bytes)
    {
        using MemoryStream read = new();
        while (read.Length < bytes)
        {
            ReadResult result = await reader.ReadAsync();
            long take = Math.Min(result.Buffer.Length, bytes - read.Length);
            foreach (ReadOnlyMemory<byte> piece in result.Buffer.Slice(0, take))
            {
                read.Write(piece.Span);
            }

            reader.AdvanceTo(result.Buffer.GetPosition(take));
            if (result.IsCompleted && take == 0)
            {
                break;
            }
        }

        return read.ToArray();
    }

    public static byte[] Noise(int seed, int bytes)
    {
        byte[] noise = new byte[bytes];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    public async Task AssertNothingLeftAsync()
    {
        foreach (VchanConnection connection in _opened)
        {
            await connection.DisposeAsync();
        }

        foreach (SimulatedHypervisor domain in (SimulatedHypervisor[])[Server, Client])
        {
            Assert.Equal(0, domain.Grants.InUse);
            Assert.Equal(0, domain.PagesMapped);
            Assert.Equal(0, domain.PagesAllocated);
            Assert.Equal(0, domain.PortsOpen);
        }

        using IXenStore store = Xen.Domain0.OpenStore(static () => { });
        Assert.Null(store.List($"/local/domain/{ServerDomain}/{Path}"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (VchanConnection connection in _opened)
        {
            await connection.DisposeAsync();
        }

        Xen.Dispose();
    }
}
