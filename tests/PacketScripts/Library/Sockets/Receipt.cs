using NetStack.IP;

namespace NetStack.PacketScripts;

/// <summary>What a receive call tells besides the bytes.</summary>
internal sealed class Receipt
{
    /// <summary>Who sent them; none for streams.</summary>
    public IpEndPoint? Source { get; set; }

    /// <summary>Whether a datagram was longer than the memory.</summary>
    public bool IsTruncated { get; set; }

    /// <summary>The bytes left to read, where the socket tells (TCP_INQ).</summary>
    public int? LeftBytes { get; set; }
}
