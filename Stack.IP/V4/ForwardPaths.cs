using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetStack.IP;

/// <summary>
/// The ways of packets that are forwarded. Those of late destinations stand in a table of fixed size, each in the one
/// place that its address chooses; behind it there is one path for each next hop, so that a sweep over many destinations
/// makes none.
/// </summary>
internal sealed class ForwardPaths(IpHost host)
{
    private const int SlotBits = 10;
    private const uint Multiplier = 0x9E37_79B1;

    private readonly Slot[] _slots = new Slot[1 << SlotBits];
    private readonly Dictionary<(IpInterface Interface, IpAddress NextHop), IpPath> _byNextHop = [];
    private uint _generation;

    /// <summary>Finds the way to a destination that was found lately.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public IpPath? FindLate(uint destination)
    {
        ref Slot slot = ref SlotOf(destination);
        return slot.Destination == destination && slot.Path is { IsStale: false } path ? path : null;
    }

    /// <summary>Finds the way to a destination that is none of ours, and may be forwarded to.</summary>
    /// <returns>Null where there is no route.</returns>
    public IpPath? Find(uint destination)
    {
        ref Slot slot = ref SlotOf(destination);
        if (Resolve(new IpAddress(destination)) is not { } found)
        {
            return null;
        }

        slot.Destination = destination;
        slot.Path = found;
        return found;
    }

    // The product's upper bits, as many as number the places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Slot SlotOf(uint destination) => ref Unsafe.Add(
        ref MemoryMarshal.GetArrayDataReference(_slots), (destination * Multiplier) >> (32 - SlotBits));

    private IpPath? Resolve(IpAddress destination)
    {
        if (!host.Routes.TryFind(destination, out Route? route))
        {
            return null;
        }

        if (_generation != host.Routes.Generation || _byNextHop.Count >= host.Options.MaximumPaths)
        {
            _generation = host.Routes.Generation;
            _byNextHop.Clear();
        }

        IpAddress nextHop = route.Gateway ?? destination;
        if (!_byNextHop.TryGetValue((route.Interface, nextHop), out IpPath? path))
        {
            path = Ipv4Host.MakePath(host.Routes, IpAddress.AnyV4, destination, route);
            _byNextHop.Add((route.Interface, nextHop), path);
        }

        return path;
    }

    private struct Slot
    {
        public IpPath? Path;
        public uint Destination;
    }
}
