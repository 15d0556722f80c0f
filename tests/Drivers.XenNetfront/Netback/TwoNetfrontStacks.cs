using System.Diagnostics;
using System.Net;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.Sockets;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>
/// Two whole stacks in two domains, each on a netfront, their twins back to back: the domain of the backends is one thread that
/// serves both twins over one pool, with a cable between them.
/// </summary>
internal sealed class TwoNetfrontStacks : IAsyncDisposable
{
    private readonly AutoResetEvent _bell = new(false);
    private readonly DevicePair _cable = new();
    private readonly PacketPool _pool = new(32_768);
    private readonly Thread _thread;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<Action> _orders = [];
    private volatile bool _isEnding;

    public TwoNetfrontStacks(NetfrontOptions front, NetfrontOptions? right = null)
    {
        Toolstack = new VifToolstack(Xen);
        NetbackOptions back = new() { PassesOffloads = true };
        LeftGuest = Xen.AddDomain(1);
        RightGuest = Xen.AddDomain(2);
        LeftTwin = new NetbackTwin(Xen.Domain0, 1, 0, _cable.Left, back, _pool, Ring);
        RightTwin = new NetbackTwin(Xen.Domain0, 2, 0, _cable.Right, back, _pool, Ring);
        Toolstack.Attach(LeftGuest, 0, LeftStation);
        Toolstack.Attach(RightGuest, 0, RightStation);
        _thread = new Thread(Serve) { IsBackground = true, Name = "netback" };
        _thread.Start();
        Left = NetworkStack.Start(new NetworkStackOptions { MaximumBlocks = 8192 }.AddDevice(NetfrontDevice.OpenQueues(LeftGuest, 0, front), LeftAddress + "/24"));
        Right = NetworkStack.Start(new NetworkStackOptions { MaximumBlocks = 8192 }.AddDevice(NetfrontDevice.OpenQueues(RightGuest, 0, right ?? front), RightAddress + "/24"));
    }

    public static MacAddress LeftStation { get; } = new(0x00_16_3E_00_00_01);

    public static MacAddress RightStation { get; } = new(0x00_16_3E_00_00_02);

    public static IPAddress LeftAddress { get; } = IPAddress.Parse("10.0.0.1");

    public static IPAddress RightAddress { get; } = IPAddress.Parse("10.0.0.2");

    public SimulatedXen Xen { get; } = new();

    public VifToolstack Toolstack { get; }

    public SimulatedHypervisor LeftGuest { get; }

    public SimulatedHypervisor RightGuest { get; }

    public NetbackTwin LeftTwin { get; }

    public NetbackTwin RightTwin { get; }

    public NetworkStack Left { get; }

    public NetworkStack Right { get; }

    /// <summary>Has the twins' thread do something between two turns.</summary>
    public void Order(Action order)
    {
        lock (_orders)
        {
            _orders.Add(order);
        }

        _bell.Set();
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Left.DisposeAsync().AsTask(), Right.DisposeAsync().AsTask());
        _isEnding = true;
        _bell.Set();
        _thread.Join();
        LeftTwin.Dispose();
        RightTwin.Dispose();
        Toolstack.Dispose();
        Xen.Dispose();
        _bell.Dispose();
    }

    /// <summary>After disposal.</summary>
    public void AssertNothingLeft()
    {
        foreach (SimulatedHypervisor guest in new[] { LeftGuest, RightGuest })
        {
            Assert.Equal(0, guest.Grants.InUse);
            Assert.Equal(0, guest.PortsOpen);
            Assert.Equal(0, guest.PagesAllocated);
        }

        Assert.Equal(0, _pool.OutstandingBlocks);
    }

    private void Ring() => _bell.Set();

    private void Serve()
    {
        while (!_isEnding)
        {
            Instant now = new(Stopwatch.GetElapsedTime(_start).Ticks * 100);
            Xen.Now = now;
            Action[] orders;
            lock (_orders)
            {
                orders = [.. _orders];
                _orders.Clear();
            }

            foreach (Action order in orders)
            {
                order();
            }

            if (!(LeftTwin.Turn(now) | RightTwin.Turn(now)) && orders.Length == 0)
            {
                _bell.WaitOne();
            }
        }
    }
}
