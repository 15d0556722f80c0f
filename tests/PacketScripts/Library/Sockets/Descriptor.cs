namespace NetStack.PacketScripts;

/// <summary>What a descriptor of a script stands for.</summary>
internal abstract class Descriptor(ScriptedHost host, int number)
{
    private readonly List<EventInterest> _watchers = [];

    /// <summary>The number, which is that of a real descriptor.</summary>
    public int Number { get; } = number;

    public bool IsNonBlocking { get; set; }

    /// <summary>The events of poll(2) that hold now.</summary>
    public abstract uint Readiness { get; }

    protected ScriptedHost Host { get; } = host;

    /// <summary>Whoever watches it is told of events from now on.</summary>
    public void Attach(EventInterest watcher) => _watchers.Add(watcher);

    public void Detach(EventInterest watcher) => _watchers.Remove(watcher);

    /// <summary>Lets go of everything. The number is gone.</summary>
    public virtual void Close()
    {
        foreach (EventInterest watcher in _watchers.ToArray())
        {
            watcher.Forget();
        }
    }

    /// <summary>Something happened.</summary>
    /// <param name="key">The events it may mean; zero for any.</param>
    protected void Wake(uint key)
    {
        foreach (EventInterest watcher in _watchers)
        {
            watcher.Wake(key);
        }
    }
}
