using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.Testing;

/// <summary>A frame on its way, in memory of neither host.</summary>
internal sealed class SimulatedFrame : SimulatedEvent
{
    private byte[] _bytes = new byte[2048];

    public int Length { get; private set; }

    public Span<byte> Span => _bytes.AsSpan(0, Length);

    /// <summary>The direction of a link it travels on.</summary>
    public LinkDirection? Direction { get; set; }

    public override void Occur(Instant now) => Direction!.Arrive(this, now);

    public void Fill(PacketBuffer packet)
    {
        Resize(packet.TotalLength);
        packet.CopyTo(_bytes);
        if (packet.Checksum == ChecksumState.ToBeFilled)
        {
            FillChecksum(packet.ChecksumStart - packet.Start, packet.ChecksumOffset);
        }
    }

    public void Fill(ReadOnlySpan<byte> bytes)
    {
        Resize(bytes.Length);
        bytes.CopyTo(_bytes);
    }

    private void FillChecksum(int start, int offset)
    {
        Span<byte> summed = Span[start..];
        ushort checksum = InternetChecksum.Compute(summed);

        // In UDP a zero would say that there is none; in the sum both zeros are the same.
        BinaryPrimitives.WriteUInt16BigEndian(summed[offset..], checksum == 0 ? ushort.MaxValue : checksum);
    }

    private void Resize(int length)
    {
        if (_bytes.Length < length)
        {
            _bytes = new byte[length];
        }

        Length = length;
    }
}
