namespace NetStack.PacketScripts;

/// <summary>An epoll(7) instance.</summary>
internal sealed unsafe class EventPoll(ScriptedHost host, int number) : Descriptor(host, number)
{
    private const int AddOperation = 1;
    private const int DeleteOperation = 2;
    private const int ModifyOperation = 3;

    // In the order in which they are told: one that was told goes to the end.
    private readonly List<EventInterest> _interests = [];

    public override uint Readiness =>
        _interests.Exists(static interest => interest.IsSignaled && (interest.Target.Readiness & interest.Events) != 0) ? LinuxPoll.Readable : 0;

    public long Control(int operation, int target, PollEvent* change)
    {
        if (target == Number)
        {
            return -LinuxError.Invalid;
        }

        if (Host.Find(target) is not { } descriptor)
        {
            return -LinuxError.BadDescriptor;
        }

        if (change is null && operation != DeleteOperation)
        {
            return -LinuxError.BadAddress;
        }

        EventInterest? interest = _interests.Find(each => each.Target == descriptor);
        switch (operation)
        {
            case AddOperation when interest is not null:
                return -LinuxError.Exists;
            case AddOperation:
                interest = new EventInterest(this, descriptor);
                _interests.Add(interest);
                descriptor.Attach(interest);
                interest.Set(change->Events, change->Data);
                return 0;
            case ModifyOperation or DeleteOperation when interest is null:
                return -LinuxError.NoEntry;
            case ModifyOperation:
                interest!.Set(change->Events, change->Data);
                return 0;
            case DeleteOperation:
                Remove(interest!);
                return 0;
            default:
                return -LinuxError.Invalid;
        }
    }

    /// <summary>Takes what there is to tell.</summary>
    /// <returns>How many events; <see cref="BlockedCall.Waits"/> where there is none.</returns>
    public long Take(PollEvent* events, int maximum)
    {
        int count = 0;
        foreach (EventInterest interest in _interests.ToArray())
        {
            uint ready = count < maximum ? interest.Take() : 0;
            if (ready != 0)
            {
                events[count++] = new PollEvent { Events = ready, Data = interest.Data };
                _interests.Remove(interest);
                _interests.Add(interest);
            }
        }

        return count == 0 ? BlockedCall.Waits : count;
    }

    public void Remove(EventInterest interest)
    {
        _interests.Remove(interest);
        interest.Target.Detach(interest);
    }

    public override void Close()
    {
        base.Close();
        foreach (EventInterest interest in _interests)
        {
            interest.Target.Detach(interest);
        }

        _interests.Clear();
    }
}
