using System.Text.Json.Serialization;
using NetStack.Core;
using NetStack.Drivers.XenNetfront;
using NetStack.Sockets;

namespace NetStack.Cli.Verbs.Serve;

/// <summary>What <c>GET /stats</c> answers and <c>serve --json</c> prints at its end.</summary>
/// <param name="Event"><c>stats</c>, or <c>summary</c> at the end.</param>
/// <param name="Devices">The devices.</param>
/// <param name="OpenConnections">TCP connections, those in TIME-WAIT not counted.</param>
/// <param name="TimeWaitConnections">TCP connections remembered in TIME-WAIT.</param>
/// <param name="AcceptedConnections">TCP connections that peers opened, in all.</param>
/// <param name="PoolOutstandingBlocks">Blocks of the packet pool in use.</param>
/// <param name="PoolOutstandingSlices">Slices of blocks in use.</param>
/// <param name="GrantsInUse">Pages that the domain shares with others, where a device is Xen's.</param>
/// <param name="ManagedHeapBytes">The managed heap, in bytes, garbage not yet collected included.</param>
/// <param name="ManagedHeapBytesAfterCollection">The managed heap as the last collection left it, in bytes.</param>
/// <param name="GcCounts">Garbage collections by generation, of 0, 1 and 2.</param>
/// <param name="TotalDrops">Packets dropped.</param>
/// <param name="Drops">The same by reason; every reason is listed.</param>
/// <param name="Counters">Everything else that is counted.</param>
internal sealed record StackReport(
    string Event,
    IReadOnlyList<DeviceReport> Devices,
    int OpenConnections,
    int TimeWaitConnections,
    long AcceptedConnections,
    int PoolOutstandingBlocks,
    int PoolOutstandingSlices,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? GrantsInUse,
    long ManagedHeapBytes,
    long ManagedHeapBytesAfterCollection,
    IReadOnlyList<int> GcCounts,
    long TotalDrops,
    IReadOnlyDictionary<string, long> Drops,
    IReadOnlyDictionary<string, long> Counters)
{
    public static StackReport Of(NetworkStackStatistics statistics, IEnumerable<DeviceOptions> devices, string what = "stats") => new(
        what,
        [.. devices.Select(device => new DeviceReport(device.Device.Name, [.. device.Addresses.Select(address => address.ToString())]))],
        statistics.OpenConnections,
        statistics.TimeWaitConnections,
        statistics.Counters[Counter.TcpPassiveOpens],
        statistics.OutstandingBlocks,
        statistics.OutstandingSlices,
        devices.Select(device => device.Device.Source).OfType<NetfrontDevice>().FirstOrDefault()?.GrantsInUse,
        GC.GetTotalMemory(forceFullCollection: false),
        GC.GetGCMemoryInfo().HeapSizeBytes,
        [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)],
        statistics.Counters.TotalDrops,
        Enum.GetValues<DropReason>().ToDictionary(CounterName.Of, reason => statistics.Counters[reason]),
        Enum.GetValues<Counter>().ToDictionary(CounterName.Of, counter => statistics.Counters[counter]));
}
