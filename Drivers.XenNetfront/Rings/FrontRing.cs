using System.Runtime.CompilerServices;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// The front side of a shared ring: requests are put on it, responses are taken off it, both in slots that are used again and
/// again. The indices count on and wrap at 2^32; what the other side writes is read once and checked here.
/// </summary>
/// <remarks>
/// Xen's <c>public/io/ring.h</c>, the macros <c>RING_PUSH_REQUESTS_AND_CHECK_NOTIFY</c> and
/// <c>RING_FINAL_CHECK_FOR_RESPONSES</c>. Requests and responses share the slots, so that no more requests may be out than
/// there are slots.
/// </remarks>
internal sealed unsafe class FrontRing
{
    private readonly RingPage _page;
    private uint _requestProduced;
    private uint _requestShown;
    private uint _responseConsumed;

    /// <summary>Lays out an empty ring.</summary>
    /// <param name="page">A page of ours that the other side may write.</param>
    /// <param name="slotBytes">The size of a slot.</param>
    /// <param name="slots">How many, a power of two.</param>
    /// <param name="first">The index that both sides start at: zero on a ring that the other side is to find.</param>
    public FrontRing(byte* page, int slotBytes, int slots, uint first = 0)
    {
        _page = new RingPage(page, slotBytes, slots);
        _requestProduced = first;
        _requestShown = first;
        _responseConsumed = first;
        new Span<byte>(page, NetifLayout.PageBytes).Clear();
        _page.Index(NetifLayout.RequestProduced) = first;
        _page.Index(NetifLayout.RequestEvent) = first + 1;
        _page.Index(NetifLayout.ResponseProduced) = first;
        Volatile.Write(ref _page.Index(NetifLayout.ResponseEvent), first + 1);
    }

    /// <summary>The slots that a request may still be put into.</summary>
    public int FreeSlots => (int)(_page.Slots - (_requestProduced - _responseConsumed));

    /// <summary>The requests whose responses have not been taken.</summary>
    public int OutstandingRequests => (int)(_requestProduced - _responseConsumed);

    /// <summary>The slot, from 0, that the next request goes to.</summary>
    public int NextRequestSlot => _page.Number(_requestProduced);

    /// <summary>The slot, from 0, that the next response stands in.</summary>
    public int NextResponseSlot => _page.Number(_responseConsumed);

    /// <summary>Takes the slot of the next request, to be written. There must be a free one. The other side does not see it before <see cref="Push"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* PutRequest() => _page.Slot(_requestProduced++);

    /// <summary>Shows all requests to the other side.</summary>
    /// <returns>Whether it wants to be notified.</returns>
    public bool Push()
    {
        uint shown = _requestShown;
        uint produced = _requestProduced;
        if (shown == produced)
        {
            return false;
        }

        _requestShown = produced;
        return _page.Show(NetifLayout.RequestProduced, NetifLayout.RequestEvent, shown, produced);
    }

    /// <summary>Looks how many responses stand ready.</summary>
    /// <param name="responses">How many <see cref="TakeResponse"/> may take.</param>
    /// <returns>False where the other side says there are more than it was asked for.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryCountResponses(out int responses)
    {
        uint ready = Volatile.Read(ref _page.Index(NetifLayout.ResponseProduced)) - _responseConsumed;
        responses = (int)ready;
        return ready <= _requestShown - _responseConsumed;
    }

    /// <summary>Takes the next response, which must stand ready. The other side may still change it: read it once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* TakeResponse() => _page.Slot(_responseConsumed++);

    /// <summary>Asks to be notified of responses, before a sleep.</summary>
    /// <param name="count">Of how many, from those not taken on. From 1.</param>
    /// <returns>Whether so many stand ready already: there is then no notification to wait for.</returns>
    public bool AskForResponses(int count) =>
        _page.Ask(NetifLayout.ResponseProduced, NetifLayout.ResponseEvent, _responseConsumed, count);
}
