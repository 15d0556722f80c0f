using FsCheck;
using FsCheck.Fluent;
using NetStack.Core;

namespace NetStack.IP.Tests;

public sealed class Ipv4HeaderTests
{
    // All 32 bits, where the default generator keeps to small numbers.
    private static readonly Arbitrary<uint> AnyUInt32 =
        Gen.Choose(int.MinValue, int.MaxValue).Select(number => (uint)number).ToArbitrary();

    [Fact]
    [Trait("RFC", "791 §3.1")]
    public void WrittenHeaderReadsBackAndMatchesTheDiagram()
    {
        Prop.ForAll(AnyUInt32, AnyUInt32, AnyUInt32, (source, destination, others) =>
        {
            ushort id = (ushort)others;
            byte hopLimit = (byte)(others >> 16);
            byte trafficClass = (byte)(others >> 24);
            bool dontFragment = (id & 1) != 0;
            bool moreFragments = (id & 2) != 0;
            int offset = (id & 0x1FFF) * 8;
            Ipv4Fields fields = new(
                source, destination, (IpProtocol)hopLimit, 20 + trafficClass, hopLimit, trafficClass, id, dontFragment, moreFragments, offset);
            byte[] packet = new byte[20 + trafficClass];
            Ipv4Header.Write(packet, fields);

            ushort flags = (ushort)((dontFragment ? 0x4000 : 0) | (moreFragments ? 0x2000 : 0) | (offset / 8));
            byte[] expected = Frames.Ipv4(
                new IpAddress(source), new IpAddress(destination), hopLimit, new byte[trafficClass], null, flags, id, hopLimit, trafficClass);
            return packet.AsSpan().SequenceEqual(expected)
                && Ipv4Header.TryParse(packet, packet.Length, out Ipv4Header header, out _)
                && header.Source == source && header.Destination == destination && header.Identification == id
                && header.HopLimit == hopLimit && header.TrafficClass == trafficClass && header.LengthBytes == 20
                && header.DontFragment == dontFragment && header.MoreFragments == moreFragments
                && header.FragmentOffsetBytes == offset && header.TotalLengthBytes == packet.Length
                && header.Protocol == (IpProtocol)hopLimit && header.IsFragment == (moreFragments || offset > 0);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void AnyBytesParseOrAreRefused()
    {
        Prop.ForAll<byte[], byte>((bytes, first) =>
        {
            // Random bytes seldom start like a header: half of them are made to.
            byte[] data = bytes.Length > 0 && (first & 0x80) != 0 ? [(byte)(0x40 | (first & 0x0F)), .. bytes] : bytes;
            bool isParsed = Ipv4Header.TryParse(data, data.Length, out Ipv4Header header, out DropReason reason);
            bool isSound = !isParsed || (header.LengthBytes <= data.Length && header.TotalLengthBytes <= data.Length
                && header.Options.Length == header.LengthBytes - 20);
            bool isQuote = Ipv4Header.TryParseQuote(data, out Ipv4Header quote);
            return isSound && (!isQuote || quote.LengthBytes <= data.Length)
                && (isParsed || (reason >= DropReason.Ipv4TooShort && reason <= DropReason.Ipv4BadChecksum));
        }).QuickCheckThrowOnFailure();
    }
}
