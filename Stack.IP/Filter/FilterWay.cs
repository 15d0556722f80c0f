namespace NetStack.IP;

/// <summary>The ways through a host on which packets are filtered.</summary>
[Flags]
public enum FilterWay : byte
{
    /// <summary>To the host itself.</summary>
    Receive = 1,

    /// <summary>Through the host.</summary>
    Forward = 2,

    /// <summary>Both.</summary>
    Both = Receive | Forward,
}
