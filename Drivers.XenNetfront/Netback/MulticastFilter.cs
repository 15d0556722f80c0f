using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

/// <summary>The groups a frontend has joined, by extra slots of its transmit ring.</summary>
internal sealed class MulticastFilter
{
    // XEN_NETBK_MCAST_MAX of Linux's netback.
    private const int Maximum = 64;

    private readonly List<MacAddress> _groups = [];

    public int Count => _groups.Count;

    public bool TryAdd(MacAddress group)
    {
        if (_groups.Count == Maximum)
        {
            return false;
        }

        _groups.Add(group);
        return true;
    }

    public void Remove(MacAddress group) => _groups.Remove(group);

    public bool Contains(MacAddress group) => _groups.Contains(group);

    public void Clear() => _groups.Clear();
}
