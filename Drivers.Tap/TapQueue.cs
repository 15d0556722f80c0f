using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetStack.Core;
using NetStack.Drivers.Linux;
using NetStack.Ethernet;

namespace NetStack.Drivers.Tap;

/// <summary>
/// One descriptor of a TAP and the way of frames through it: one system call a frame, straight into and out of packet blocks.
/// A TAP of several queues is several of these.
/// </summary>
/// <remarks>
/// The descriptor carries bare frames, or with offloads a <see cref="VirtioNetHeader"/> before each, which is read into, and
/// written from, the headroom before the frame.
/// </remarks>
internal sealed unsafe partial class TapQueue : IDisposable
{
    /// <summary>Where a received frame starts in its block: two bytes further than usual, so that the IP header behind the 14 bytes of Ethernet is aligned.</summary>
    public const int FrameStartBytes = PacketBuffer.DefaultHeadroomBytes + 2;

    /// <summary>The Ethernet header with a VLAN tag: what a frame may have beyond the MTU.</summary>
    public const int LinkBytes = EthernetHeader.LengthBytes + 4;

    /// <summary>The blocks a transmitted frame may be chained of: a super-frame of 64 KiB that the application wrote by the kilobyte.</summary>
    public const int MaximumBlocks = 64;

    /// <summary>The largest packet of IPv4, and of IPv6 without jumbograms: what a super-frame may carry.</summary>
    private const int LargestPacketBytes = 65_535;

    /// <summary>What is written contiguously at most: beyond that the kernel's walk over pieces costs less than a copy.</summary>
    private const int GatherAboveBytes = PacketBuffer.BlockBytes;

    /// <summary>So many frames in a row that fill no more than one block end the reading into all of them at once.</summary>
    private const int SmallFramesInARow = 64;

    /// <summary>So many bursts of one frame are taken without the read that finds nothing more.</summary>
    private const int SingleFrameBursts = 16;

    private readonly int _headerBytes;
    private readonly PacketBuffer?[] _receiveBlocks;
    private readonly IoVector* _receiveVectors;
    private readonly int _scratchBytes;
    private byte* _scratch;
    private int _descriptor;
    private int _smallFrames;
    private bool _readsIntoBlocks;
    private int _singlesLeft;

    /// <summary>Takes over the descriptor, which must not block.</summary>
    /// <param name="handle">The descriptor.</param>
    /// <param name="mtuBytes">The largest packet that is not a super-frame.</param>
    /// <param name="hasOffloads">Whether a header of offload facts stands before each frame, and frames may be super-frames.</param>
    public TapQueue(SafeFileHandle handle, int mtuBytes, bool hasOffloads = false)
    {
        Handle = handle;
        _descriptor = (int)handle.DangerousGetHandle();
        _headerBytes = hasOffloads ? VirtioNetHeader.LengthBytes : 0;
        int longest = LinkBytes + (hasOffloads ? Math.Max(mtuBytes, LargestPacketBytes) : mtuBytes);
        int beyondFirst = Math.Max(0, longest - (PacketBuffer.BlockBytes - FrameStartBytes));
        _receiveBlocks = new PacketBuffer?[1 + ((beyondFirst + PacketBuffer.BlockBytes - 1) / PacketBuffer.BlockBytes)];
        _receiveVectors = (IoVector*)NativeMemory.AllocZeroed((nuint)_receiveBlocks.Length, (nuint)sizeof(IoVector));
        _scratchBytes = Math.Max(GatherAboveBytes, _headerBytes + longest);
        _scratch = (byte*)NativeMemory.AlignedAlloc((nuint)_scratchBytes, PacketBuffer.BlockBytes);
    }

    public SafeFileHandle Handle { get; }

    /// <summary>Whether the last burst ended because the kernel had no room.</summary>
    public bool IsTransmitBlocked { get; private set; }

    /// <summary>The error number with which the descriptor was lost for good; zero while it lives.</summary>
    public int LostWithError { get; private set; }

    /// <summary>
    /// Closes the descriptor as soon as no waiter watches it any more. Only the loop that uses the queue, or whoever outlives
    /// it, may call this.
    /// </summary>
    public void Dispose()
    {
        if (_scratch is null)
        {
            return;
        }

        ReleaseBlocks();
        _descriptor = -1;
        Handle.Dispose();
        NativeMemory.AlignedFree(_scratch);
        NativeMemory.Free(_receiveVectors);
        _scratch = null;
    }
}
