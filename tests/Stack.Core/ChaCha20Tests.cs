using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace NetStack.Core.Tests;

public class ChaCha20Tests
{
    [Fact]
    [Trait("RFC", "8439 §2.3.2")]
    public void Block_of_the_rfc_is_computed()
    {
        byte[] keyBytes = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        uint[] key = [.. Enumerable.Range(0, 8).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(keyBytes.AsSpan(4 * i)))];
        uint[] block = new uint[ChaCha20.BlockWords];
        ChaCha20.Block(key, Vector128.Create(1u, 0x09000000, 0x4A000000, 0), block);
        uint[] published =
        [
            0xE4E7F110, 0x15593BD1, 0x1FDD0F50, 0xC47120A3,
            0xC7F4D1C7, 0x0368C033, 0x9AAA2204, 0x4E6CD4C3,
            0x466482D2, 0x09AA9F07, 0x05D7C214, 0xA2028BD9,
            0xD19C12B5, 0xB94E16DE, 0xE883D0CB, 0x4E3C50A2,
        ];
        Assert.Equal(published, block);
    }

    [Fact]
    [Trait("RFC", "8439 §A.1")]
    public void Stream_of_the_zero_seed_is_the_key_stream_of_the_zero_key()
    {
        // Test vectors 1 and 2 of the appendix: key and nonce zero, counter 0 and 1.
        byte[] stream = new byte[128];
        new SeededEntropy(new byte[SeededEntropy.SeedLengthBytes]).Fill(stream);
        Assert.StartsWith("76B8E0ADA0F13D90405D6AE55386BD28BDD219B8A08DED1AA836EFCC8B770DC7", Convert.ToHexString(stream), StringComparison.Ordinal);
        Assert.StartsWith("9F07E7BE5551387A98BA977C732D080DCB0F29A048E3656912C6533E32EE7AED", Convert.ToHexString(stream, 64, 64), StringComparison.Ordinal);
    }
}
