namespace NetStack.PacketScripts;

/// <summary>A descriptor that an <see cref="EventPoll"/> watches.</summary>
internal sealed class EventInterest(EventPoll poll, Descriptor target)
{
    public Descriptor Target { get; } = target;

    /// <summary>The events asked for, with those that are told unasked.</summary>
    public uint Events { get; private set; }

    /// <summary>The caller's own.</summary>
    public ulong Data { get; private set; }

    /// <summary>Whether something happened that was not told yet.</summary>
    public bool IsSignaled { get; private set; }

    public bool IsEdgeTriggered => (Events & LinuxPoll.EdgeTriggered) != 0;

    public void Set(uint events, ulong data)
    {
        Events = events | LinuxPoll.Error | LinuxPoll.HangUp;
        Data = data;
        IsSignaled = (Target.Readiness & Events) != 0;
    }

    public void Wake(uint key) => IsSignaled |= key == 0 || (key & Events) != 0;

    /// <summary>What there is to tell now; zero for nothing. One whose edge was told is silent until the next one.</summary>
    public uint Take()
    {
        uint ready = IsSignaled ? Target.Readiness & Events & ~LinuxPoll.EdgeTriggered & ~LinuxPoll.OneShot : 0;
        IsSignaled = ready != 0 && !IsEdgeTriggered;
        if (ready != 0 && (Events & LinuxPoll.OneShot) != 0)
        {
            // Silent until it is set again.
            Events &= LinuxPoll.OneShot | LinuxPoll.EdgeTriggered;
        }

        return ready;
    }

    public void Forget() => poll.Remove(this);
}
