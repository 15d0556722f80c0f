using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NetStack.Core;
using NetStack.Drivers.Tap;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Peers;
using NetStack.Tcp;

namespace NetStack.Interop.Tests;

/// <summary>
/// A host of ours on a TAP in a namespace, turned by the test itself, so that the test sees the machines and every segment.
/// The kernel's sockets run beside it on threads of their own.
/// </summary>
internal sealed class StackOnTap : IDisposable
{
    public const ushort Port = 80;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly IDeviceWaiter _waiter;
    private readonly long _start = Stopwatch.GetTimestamp();

    private StackOnTap(NetworkNamespace space, TcpOptions? options)
    {
        Space = space;
        Device = new WatchedDevice(space.Enter(() => TapDevice.Open("tap0", new TapOptions { Offloads = false })));
        _waiter = Device.CreateWaiter()!;
        Pool = new PacketPool(16_384);
        Host = new IpHost(Pool, new TimerWheel(), new SeededEntropy((ulong)Stopwatch.GetTimestamp()));
        Host.Attach(Device, _waiter.Wake).Add(IpPrefix.TryParse("10.9.0.2/24", out IpPrefix prefix) ? prefix : default);
        Tcp = new TcpDemultiplexer(Host, options);
    }

    public NetworkNamespace Space { get; }

    public WatchedDevice Device { get; }

    public PacketPool Pool { get; }

    public IpHost Host { get; }

    public TcpDemultiplexer Tcp { get; }

    public Instant Now => new(Stopwatch.GetElapsedTime(_start).Ticks * 100);

    public static IPAddress OurAddress { get; } = IPAddress.Parse("10.9.0.2");

    /// <summary>Makes the namespace with its TAP, sets what the kernel's TCP does, and starts the host.</summary>
    /// <param name="options">The options of our TCP.</param>
    /// <param name="settings">Names below net.ipv4 and their values.</param>
    public static async Task<StackOnTap> StartAsync(TcpOptions? options = null, params (string Name, string Value)[] settings)
    {
        NetworkNamespace space = await NetworkNamespace.CreateAsync();
        try
        {
            await space.AddTapAsync("tap0", "10.9.0.1/24");
            foreach ((string name, string value) in settings)
            {
                (await space.RunAsync("sh", ["-c", $"echo {value} > /proc/sys/net/ipv4/{name}"])).Succeeded();
            }

            return new StackOnTap(space, options);
        }
        catch
        {
            space.Dispose();
            throw;
        }
    }

    /// <summary>A socket of the kernel's.</summary>
    public Socket NewSocket() => Space.Enter(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        ReceiveTimeout = (int)_patience.TotalMilliseconds,
        SendTimeout = (int)_patience.TotalMilliseconds,
    });

    public TcpListenEndpoint Listen() => Tcp.Listen(new IpEndPoint(IpAddress.AnyV4, Port), 16, null, out _)!;

    /// <summary>One turn of the loop.</summary>
    public void Turn()
    {
        Host.Receive(Now, 64);
        Host.TimersExpire(Now);
        while (Host.Transmit(Now, 1024))
        {
            // Until nothing more is ready.
        }
    }

    /// <summary>Turns until a condition holds.</summary>
    public void Until(Func<bool> condition, string what)
    {
        Stopwatch waited = Stopwatch.StartNew();
        Turn();
        while (!condition())
        {
            Assert.True(waited.Elapsed < _patience, $"It never came to this: {what}.");
            _waiter.Wait(Duration.FromMilliseconds(1));
            Turn();
        }
    }

    /// <summary>Runs the kernel's side on a thread of its own, turning meanwhile.</summary>
    public T Beside<T>(Func<T> kernel, Action? eachTurn = null)
    {
        Task<T> running = Task.Factory.StartNew(kernel, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Until(
            () =>
            {
                eachTurn?.Invoke();
                return running.IsCompleted;
            },
            "the kernel's side ends");
        return running.GetAwaiter().GetResult();
    }

    /// <summary>Takes what has arrived and counts it.</summary>
    public int Read(TcpConnection connection)
    {
        if (connection.TakeReceived() is not { } chain)
        {
            return 0;
        }

        int bytes = chain.TotalLength;
        Pool.Return(chain);
        connection.Consumed(bytes, Now);
        return bytes;
    }

    public void Write(TcpConnection connection, int bytes)
    {
        byte[] block = new byte[2048];
        for (int left = bytes; left > 0; left -= block.Length)
        {
            connection.Append(Pool.TryLeaseCopy(block.AsSpan(0, Math.Min(left, block.Length)), 0)!, Now);
        }
    }

    public void Dispose()
    {
        Device.Dispose();
        _waiter.Dispose();
        Space.Dispose();
    }
}
