using System.Buffers.Binary;

namespace NetStack.PacketScripts;

/// <summary>What recvmsg(2) fills in besides the bytes.</summary>
internal static unsafe class ControlMessages
{
    private const int HeaderBytes = 16;
    private const int InQueueBytes = HeaderBytes + sizeof(int);
    private const int InQueueSpaceBytes = 24;
    private const int ControlTruncated = 0x8;

    /// <summary>Writes the sender's address, the flags, and the control messages that the receipt calls for.</summary>
    /// <returns>Zero, or the error, negated.</returns>
    public static int Write(MessageHeader* header, int family, Receipt receipt)
    {
        header->Flags = receipt.IsTruncated ? LinuxMessage.Truncate : 0;
        if (receipt.Source is { } source && header->Name != 0)
        {
            int written = SocketAddress.Write(source, family, header->Name, &header->NameLengthBytes);
            if (written < 0)
            {
                return written;
            }
        }
        else
        {
            header->NameLengthBytes = 0;
        }

        nuint room = header->ControlLengthBytes;
        header->ControlLengthBytes = 0;
        if (receipt.LeftBytes is not { } left)
        {
            return 0;
        }

        if (header->Control == 0 || room < InQueueBytes)
        {
            header->Flags |= ControlTruncated;
            return 0;
        }

        Span<byte> control = new((void*)header->Control, InQueueBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(control, InQueueBytes);
        BinaryPrimitives.WriteInt32LittleEndian(control[8..], LinuxOption.LevelTcp);
        BinaryPrimitives.WriteInt32LittleEndian(control[12..], LinuxOption.InQueue);
        BinaryPrimitives.WriteInt32LittleEndian(control[HeaderBytes..], left);
        header->ControlLengthBytes = Math.Min(room, InQueueSpaceBytes);
        return 0;
    }
}
