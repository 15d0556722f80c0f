using FsCheck;
using FsCheck.Fluent;
using NetStack.Core;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>The transmit ring under a backend that answers in any order.</summary>
public sealed unsafe class TransmitQueueTests
{
    [Fact]
    public void Every_block_comes_home_once_whatever_the_order_of_the_answers() => Prop.ForAll(
        ArbMap.Default.ArbFor<(int Seed, byte[] Steps)>(),
        run =>
        {
            using NetfrontRig rig = new();
            BlockGrants grants = (BlockGrants)rig.Pool.Registrar!;
            byte* page = rig.Guest.Grants.AllocatePages(1);
            TransmitQueue queue = new(page, grants, rig.Pool, isGathering: true);
            Answers answers = new(page, run.Seed);
            int before = rig.Pool.OutstandingBlocks;
            bool isGood = true;
            foreach (byte step in Repeat(run.Steps, 200))
            {
                if (step % 2 == 0)
                {
                    TestFrame frame = step % 4 == 0
                        ? TestFrame.MakeTcp(false, 300 * step, GsoType.TcpV4, 1000)
                        : TestFrame.Make(step, 60 + (20 * step));
                    PacketBuffer packet = frame.Lease(rig.Pool);
                    if (queue.Transmit([packet], out _) == 0)
                    {
                        rig.Pool.Return(packet);
                    }
                }
                else
                {
                    answers.Take();
                    answers.Give(step / 2);
                    isGood &= queue.Reclaim() == NetfrontFault.None;
                }
            }

            answers.Take();
            answers.Give(int.MaxValue);
            isGood &= queue.Reclaim() == NetfrontFault.None;
            isGood &= rig.Pool.OutstandingBlocks == before && queue.OutstandingRequests == 0;
            rig.Guest.Grants.FreePages(page, 1);
            return isGood;
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

    /// <summary>The other side: takes requests, and answers them in an order of its own.</summary>
    private sealed class Answers(byte* page, int seed)
    {
        private const ushort NullAnswer = ushort.MaxValue;

        private readonly Random _random = new(seed);
        private readonly List<ushort> _open = [];
        private uint _taken;
        private uint _given;

        public void Take()
        {
            uint produced = *(uint*)(page + NetifLayout.RequestProduced);
            bool isExtra = false;
            for (; _taken != produced; _taken++)
            {
                byte* request = Slot(_taken);
                _open.Add(isExtra ? NullAnswer : *(ushort*)(request + NetifLayout.TransmitId));
                isExtra = !isExtra && (*(ushort*)(request + NetifLayout.TransmitFlags) & TransmitFlag.ExtraSlots) != 0;
            }
        }

        public void Give(int count)
        {
            for (; count > 0 && _open.Count > 0; count--)
            {
                int which = _random.Next(_open.Count);
                ushort id = _open[which];
                _open.RemoveAt(which);
                byte* response = Slot(_given++);
                *(ushort*)(response + NetifLayout.TransmitResponseId) = id;
                *(short*)(response + NetifLayout.TransmitResponseStatus) = id == NullAnswer ? ResponseStatus.Null : ResponseStatus.Okay;
            }

            *(uint*)(page + NetifLayout.ResponseProduced) = _given;
        }

        private byte* Slot(uint index) => page + NetifLayout.Slots + ((int)(index % NetifLayout.TransmitSlotCount) * NetifLayout.TransmitSlotBytes);
    }
}
