using FsCheck;
using FsCheck.Fluent;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>The macros of Xen's public/io/ring.h, as properties: over any order of steps, and where the indices wrap.</summary>
public sealed unsafe class FrontRingTests
{
    [Fact]
    public void What_is_put_in_is_answered_in_order_over_any_steps_and_any_wrap() => Prop.ForAll(
        ArbMap.Default.ArbFor<(byte Before, byte[] Steps)>(),
        run =>
        {
            using RingPage page = new();
            uint first = uint.MaxValue - (run.Before % 200u);
            FrontRing ring = new(page.Page, RingPage.SlotBytes, RingPage.Slots, first);
            uint put = 0;
            uint answered = 0;
            uint taken = 0;
            foreach (byte step in Repeat(run.Steps, 64))
            {
                uint amount = step / 3u;
                switch (step % 3)
                {
                    case 0:
                        for (; amount > 0 && ring.FreeSlots > 0; amount--)
                        {
                            *(uint*)ring.PutRequest() = 1000 + put++;
                        }

                        ring.Push();
                        break;
                    case 1:
                        for (; amount > 0 && first + answered != page.RequestProduced; amount--)
                        {
                            // The response overlays the request: the other side reads before it writes.
                            page.Slot(first + answered) = ~page.Slot(first + answered);
                            answered++;
                        }

                        page.ResponseProduced = first + answered;
                        break;
                    default:
                        if (!ring.TryCountResponses(out int ready) || ready != answered - taken)
                        {
                            return false;
                        }

                        for (; amount > 0 && ready > 0; amount--, ready--)
                        {
                            if (*(uint*)ring.TakeResponse() != ~(1000 + taken++))
                            {
                                return false;
                            }
                        }

                        break;
                }

                if (ring.OutstandingRequests != put - taken || ring.FreeSlots != RingPage.Slots - (int)(put - taken))
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_other_side_is_notified_where_its_event_lies_among_the_requests_shown() => Prop.ForAll(
        ArbMap.Default.ArbFor<(byte Before, byte Old, byte Added, sbyte Event)>(),
        run =>
        {
            using RingPage page = new();
            uint first = uint.MaxValue - (run.Before % 200u);
            FrontRing ring = new(page.Page, RingPage.SlotBytes, RingPage.Slots, first);
            int old = run.Old % 60;
            int added = run.Added % 60;
            for (int i = 0; i < old; i++)
            {
                ring.PutRequest();
            }

            ring.Push();
            for (int i = 0; i < added; i++)
            {
                ring.PutRequest();
            }

            page.RequestEvent = first + (uint)run.Event;
            return ring.Push() == (run.Event > old && run.Event <= old + added) && page.RequestProduced == first + (uint)(old + added);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Requests_are_not_shown_before_they_are_pushed()
    {
        using RingPage page = new();
        FrontRing ring = new(page.Page, RingPage.SlotBytes, RingPage.Slots);
        ring.PutRequest();

        Assert.Equal(0u, page.RequestProduced);
        Assert.True(ring.Push());
        Assert.Equal(1u, page.RequestProduced);
        Assert.False(ring.Push());
    }

    [Fact]
    public void More_responses_than_requests_were_shown_are_a_lie() => Prop.ForAll(
        ArbMap.Default.ArbFor<(byte Before, byte Shown, byte Hidden, int Claimed)>(),
        run =>
        {
            using RingPage page = new();
            uint first = uint.MaxValue - (run.Before % 200u);
            FrontRing ring = new(page.Page, RingPage.SlotBytes, RingPage.Slots, first);
            int shown = run.Shown % 64;
            for (int i = 0; i < shown; i++)
            {
                ring.PutRequest();
            }

            ring.Push();
            for (int i = 0; i < run.Hidden % 64; i++)
            {
                ring.PutRequest();
            }

            page.ResponseProduced = first + (uint)run.Claimed;
            return ring.TryCountResponses(out int ready) == (run.Claimed >= 0 && run.Claimed <= shown) && ready == run.Claimed;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Asking_for_responses_tells_whether_they_are_there_already() => Prop.ForAll(
        ArbMap.Default.ArbFor<(byte Before, byte Ready, byte Asked)>(),
        run =>
        {
            using RingPage page = new();
            uint first = uint.MaxValue - (run.Before % 200u);
            FrontRing ring = new(page.Page, RingPage.SlotBytes, RingPage.Slots, first);
            for (int i = 0; i < RingPage.Slots; i++)
            {
                ring.PutRequest();
            }

            ring.Push();
            uint ready = run.Ready % (uint)RingPage.Slots;
            int asked = 1 + (run.Asked % RingPage.Slots);
            page.ResponseProduced = first + ready;
            return ring.AskForResponses(asked) == ready >= asked && page.ResponseEvent == first + (uint)asked;
        }).QuickCheckThrowOnFailure();

    private static IEnumerable<byte> Repeat(byte[] steps, int atLeast)
    {
        for (int done = 0; done < atLeast && steps.Length > 0; done += steps.Length)
        {
            foreach (byte step in steps)
            {
                yield return step;
            }
        }
    }
}
