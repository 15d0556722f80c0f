namespace NetStack.AspNetCore;

/// <summary>How Kestrel uses the stack.</summary>
public sealed class NetStackTransportOptions
{
    /// <summary>The connections that may wait to be accepted, per endpoint.</summary>
    public int Backlog { get; set; } = 512;

    /// <summary>Whether an endpoint bound to any address (<c>http://*:80</c>, <c>http://[::]:80</c>) listens on the stack rather than on the platform.</summary>
    public bool TakesAnyAddress { get; set; } = true;
}
