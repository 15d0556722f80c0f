using System.Globalization;

namespace NetStack.Tests;

/// <summary>How many queues, and with them shards, the stacks under test have: <c>NETSTACK_TEST_QUEUES</c>, or 1.</summary>
internal static class TestQueues
{
    public static int Count { get; } = Environment.GetEnvironmentVariable("NETSTACK_TEST_QUEUES") is { Length: > 0 } text
        ? int.Parse(text, CultureInfo.InvariantCulture)
        : 1;
}
