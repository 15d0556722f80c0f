using NetStack.Core;

namespace NetStack.IP.Tests;

/// <summary>A virtual clock, and the turns that a host has as it goes.</summary>
internal sealed class RigClock(IpHost host)
{
    public const int Budget = 1024;

    public Instant Now { get; private set; } = new(1);

    /// <summary>One turn of the loop.</summary>
    public bool Turn()
    {
        host.Receive(Now, 16);
        host.TimersExpire(Now);
        return host.Transmit(Now, Budget);
    }

    /// <summary>Lets time pass, with a turn at every deadline on the way.</summary>
    public void Pass(Duration time)
    {
        Instant end = Now + time;
        while (host.NextDeadline <= end)
        {
            Now = Instant.Max(Now, host.NextDeadline);
            Turn();
        }

        Now = end;
        Turn();
    }
}
