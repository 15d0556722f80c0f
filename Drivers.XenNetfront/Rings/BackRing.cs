using System.Runtime.CompilerServices;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// The back side of a shared ring: requests are taken off it, responses are put on it. The indices count on and wrap at 2^32;
/// what the other side writes is read once and checked here.
/// </summary>
/// <remarks>
/// Xen's <c>public/io/ring.h</c>, the macros <c>BACK_RING_ATTACH</c>, <c>RING_PUSH_RESPONSES_AND_CHECK_NOTIFY</c> and
/// <c>RING_FINAL_CHECK_FOR_REQUESTS</c>.
/// </remarks>
internal sealed unsafe class BackRing
{
    private readonly RingPage _page;
    private uint _requestConsumed;
    private uint _responseProduced;
    private uint _responseShown;

    /// <summary>Attaches to a ring that the other side has laid out. Responses start where the shared index stands.</summary>
    /// <param name="page">The page of the ring.</param>
    /// <param name="slotBytes">The size of a slot.</param>
    /// <param name="slots">How many, a power of two.</param>
    public BackRing(byte* page, int slotBytes, int slots)
    {
        _page = new RingPage(page, slotBytes, slots);
        _responseShown = Volatile.Read(ref _page.Index(NetifLayout.ResponseProduced));
        _responseProduced = _responseShown;
        _requestConsumed = _responseShown;
    }

    /// <summary>The page of the ring.</summary>
    public byte* Page => _page.Start;

    /// <summary>The requests taken that have no response yet.</summary>
    public int OwedResponses => (int)(_requestConsumed - _responseProduced);

    /// <summary>Looks how many requests stand ready.</summary>
    /// <param name="requests">How many may be taken: no more than there are slots without a response that is still to be written.</param>
    /// <returns>False where the other side says there are more than the ring has slots.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryCountRequests(out int requests)
    {
        uint ready = Volatile.Read(ref _page.Index(NetifLayout.RequestProduced)) - _requestConsumed;
        requests = (int)Math.Min(ready, _page.Slots - (_requestConsumed - _responseProduced));
        return ready <= _page.Slots;
    }

    /// <summary>Looks at a request without taking it. The other side may still change it: read it once.</summary>
    /// <param name="ahead">How many stand before it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* PeekRequest(int ahead) => _page.Slot(_requestConsumed + (uint)ahead);

    /// <summary>Takes requests.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ConsumeRequests(int count) => _requestConsumed += (uint)count;

    /// <summary>Takes the slot of the next response, to be written. The other side does not see it before <see cref="Push"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* PutResponse() => _page.Slot(_responseProduced++);

    /// <summary>The slot of a response that was put and not pushed.</summary>
    /// <param name="fromFirst">Counted from the first such.</param>
    public byte* UnpushedResponse(int fromFirst) => _page.Slot(_responseShown + (uint)fromFirst);

    /// <summary>The responses that were put and not pushed.</summary>
    public int UnpushedResponses => (int)(_responseProduced - _responseShown);

    /// <summary>Shows all responses to the other side.</summary>
    /// <returns>Whether it wants to be notified.</returns>
    public bool Push()
    {
        uint shown = _responseShown;
        uint produced = _responseProduced;
        if (shown == produced)
        {
            return false;
        }

        _responseShown = produced;
        return _page.Show(NetifLayout.ResponseProduced, NetifLayout.ResponseEvent, shown, produced);
    }

    /// <summary>Asks to be notified of requests, before a sleep.</summary>
    /// <param name="count">Of how many, from those not taken on. From 1.</param>
    /// <returns>Whether so many stand ready already: there is then no notification to wait for.</returns>
    public bool AskForRequests(int count) =>
        _page.Ask(NetifLayout.RequestProduced, NetifLayout.RequestEvent, _requestConsumed, count);
}
