using System.Runtime.CompilerServices;
using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;
using FlightSegment = NetStack.Tcp.SentSegment;

namespace NetStack.Tcp.Tests;

/// <summary>What all connections together remember of what is on its way has a bound, in use and kept for later.</summary>
public class FlightMemoryTests
{
    [Fact]
    [Trait("RFC", "6675 §3")]
    public void Of_large_flights_that_come_back_only_so_many_are_kept()
    {
        Assert.Equal(56, Unsafe.SizeOf<FlightSegment>());
        FlightStore store = new(1_000_000);
        Flight[] flights = [.. Enumerable.Range(0, 200).Select(_ => store.Rent())];
        foreach (Flight flight in flights)
        {
            Fill(flight, 4096);
        }

        Assert.Equal(200L * (4096 - FlightStore.FreeSlots), store.UsedSlots);
        foreach (Flight flight in flights)
        {
            store.Return(flight);
        }

        Assert.Equal(0, store.UsedSlots);
        Assert.Equal(FlightStore.KeptSlotLimit, store.KeptSlots);
        int kept = FlightStore.KeptSlotLimit / 4096;
        Assert.Equal(kept, Enumerable.Range(0, 200).Count(_ => store.Rent().Segments.Slots == 4096));
        Assert.Equal(0, store.KeptSlots);
    }

    [Fact]
    [Trait("RFC", "6675 §3")]
    public void However_many_flights_take_what_they_may_the_next_one_gets_something_and_all_together_no_more_than_the_limit()
    {
        FlightStore store = new(4096);
        List<int> sizes = [];
        for (int i = 0; i < 500; i++)
        {
            Flight flight = store.Rent();
            Fill(flight, SentSegments.Limit);
            sizes.Add(flight.Segments.Count);
        }

        Assert.Equal(sizes.OrderDescending(), sizes);
        Assert.Equal(8192, sizes[0]);
        Assert.Equal(FlightStore.FreeSlots, sizes[^1]);
        Assert.InRange(store.UsedSlots, store.SlotLimit / 2, store.SlotLimit);
    }

    [Fact]
    [Trait("RFC", "6675 §3, 9293 §3.8.6")]
    public void Where_nothing_more_may_be_remembered_new_data_and_the_FIN_wait_for_an_acknowledgment()
    {
        // 48 blocks for payload: 384 slots for all, of which one connection gets 64 beside its own 64.
        Machine machine = Tiny(poolBlocks: 64);
        SendBytes(machine, 200);
        Assert.Equal(128, machine.TakeData().Length);
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        machine.ExpectNothing();
        Assert.Null(machine.Connection.BrokenInvariant());

        machine.Acknowledge(101);
        SentSegment rest = machine.Take();
        Assert.Equal((Fin | Psh | Ack, 129u, 72), (rest.Flags, rest.Sequence - machine.InitialSequence, rest.Payload.Length));
        machine.Acknowledge(202);

        Assert.Equal(TcpState.FinWait2, machine.Connection.State);
        Assert.Equal(0, machine.Tcp.Flights.UsedSlots);
    }

    [Fact]
    [Trait("RFC", "6675 §3, 9293 §3.8.6")]
    public void A_FIN_waits_too_where_all_that_was_written_is_on_its_way_in_as_many_segments_as_may_be()
    {
        Machine machine = Tiny(poolBlocks: 32_768);
        SendBytes(machine, SentSegments.Limit);
        Assert.Equal(SentSegments.Limit, machine.TakeData().Length);
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        machine.ExpectNothing();

        machine.Acknowledge(2);
        machine.Expect(Fin | Ack, 1 + SentSegments.Limit, 1);
        machine.Acknowledge(2 + SentSegments.Limit);

        Assert.Equal(TcpState.FinWait2, machine.Connection.State);
        Assert.Equal(0, machine.Tcp.Flights.UsedSlots);
    }

    /// <summary>A connection whose segments may be as small as the owner writes, to a peer with a large window.</summary>
    private static Machine Tiny(int poolBlocks) => new Machine(
        Flights.Options with
        {
            NoDelay = true, SendBufferBytes = 1 << 20, WindowScale = 8, CongestionController = static _ => new WideOpen(),
        },
        poolBlocks: poolBlocks).Established([.. MachineStates.Mss(1000), 1, 1, 4, 2, 1, 3, 3, 8], window: 60_000);

    private static void SendBytes(Machine machine, int count)
    {
        for (int i = 0; i < count; i++)
        {
            machine.Append(1);
            machine.Host.Transmit(machine.Now, 10);
        }
    }

    private static void Fill(Flight flight, int segments)
    {
        for (int i = 0; i < segments && !flight.IsFull; i++)
        {
            flight.Append(new FlightSegment { Start = new SequenceNumber((uint)i), LengthBytes = 1 });
        }
    }
}
