namespace NetStack.Dns;

/// <summary>Names a lookup from its begin to its result. Never used twice by one resolver.</summary>
/// <param name="Number">The number of the lookup, from 1 on.</param>
public readonly record struct DnsLookupHandle(long Number);
