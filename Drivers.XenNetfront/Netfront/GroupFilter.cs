using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// The groups that the loops of an interface listen to. The backend has one list for all queues, and keeps back frames to other
/// groups once a loop has told of its own. Any thread.
/// </summary>
internal sealed class GroupFilter
{
    private readonly Lock _gate = new();
    private readonly Dictionary<MacAddress, int> _listeners = [];
    private volatile bool _isOn;

    /// <summary>Whether frames to other groups are to be kept back.</summary>
    public bool IsOn => _isOn;

    /// <summary>Replaces the groups of one loop by others.</summary>
    /// <param name="before">Those it told of before.</param>
    /// <param name="after">Those it tells of now.</param>
    /// <param name="messages">Gets what the backend is to be told.</param>
    public void Change(ReadOnlySpan<MacAddress> before, ReadOnlySpan<MacAddress> after, List<(byte Type, MacAddress Group)> messages)
    {
        lock (_gate)
        {
            foreach (MacAddress group in after)
            {
                if (!before.Contains(group) && (_listeners[group] = _listeners.GetValueOrDefault(group) + 1) == 1)
                {
                    messages.Add((ExtraSlot.MulticastAdd, group));
                }
            }

            foreach (MacAddress group in before)
            {
                if (!after.Contains(group) && --_listeners[group] == 0)
                {
                    _listeners.Remove(group);
                    messages.Add((ExtraSlot.MulticastDelete, group));
                }
            }

            _isOn = true;
        }
    }

    /// <summary>Tells a new backend of all groups.</summary>
    public void AddAll(List<(byte Type, MacAddress Group)> messages)
    {
        lock (_gate)
        {
            foreach (MacAddress group in _listeners.Keys)
            {
                messages.Add((ExtraSlot.MulticastAdd, group));
            }
        }
    }

    /// <summary>Keeps back nothing any more: the backend's list is too short for the groups.</summary>
    public void GiveUp() => _isOn = false;
}
