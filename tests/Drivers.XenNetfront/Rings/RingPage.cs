using System.Runtime.InteropServices;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>A page with a ring of 16 byte slots, and the other side's plain view of it.</summary>
internal sealed unsafe class RingPage : IDisposable
{
    public const int SlotBytes = 16;
    public const int Slots = 128;

    private readonly byte* _page = (byte*)NativeMemory.AlignedAlloc(NetifLayout.PageBytes, NetifLayout.PageBytes);

    public byte* Page => _page;

    public uint RequestProduced => Word(NetifLayout.RequestProduced);

    public uint RequestEvent
    {
        set => Word(NetifLayout.RequestEvent) = value;
    }

    public uint ResponseProduced
    {
        get => Word(NetifLayout.ResponseProduced);
        set => Word(NetifLayout.ResponseProduced) = value;
    }

    public uint ResponseEvent => Word(NetifLayout.ResponseEvent);

    public ref uint Slot(uint index) => ref Word(NetifLayout.Slots + ((int)(index % Slots) * SlotBytes));

    public void Dispose() => NativeMemory.AlignedFree(_page);

    private ref uint Word(int offset) => ref *(uint*)(_page + offset);
}
