namespace NetStack.Tcp.Tests;

/// <summary>The segment that answers another one, without payload. Numbers are relative to the initial ones.</summary>
internal readonly record struct Reply(TcpFlags Flags, int Sequence, int Acknowledgment)
{
    /// <summary>No answer.</summary>
    public static Reply None => default;
}
