using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetStack.IP;

/// <summary>
/// The rules of one way, side by side, and what they said of flows lately. Rules say the same of the same flow each time: what
/// is remembered is never out of date, and a flow pays for them once, however many they are.
/// </summary>
internal sealed class CompiledRules(CompiledRule[] rules, FilterVerdict otherwise)
{
    /// <summary>The pairs of places, as a power of two.</summary>
    private const int PairBits = 10;

    /// <summary>Where the verdict stands, above all that <see cref="FilterKey.Transport"/> has.</summary>
    private const int VerdictShift = 48;
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    private readonly Slot[] _slots = new Slot[2 << PairBits];

    /// <summary>What becomes of a packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FilterVerdict Decide(in FilterKey key)
    {
        // Each flow has the pair of places that the upper bits of the product choose.
        ulong place = ((key.Addresses ^ (key.Transport * Multiplier)) * Multiplier) >> (64 - PairBits) << 1;
        ref Slot slot = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_slots), (nint)place);
        ulong difference = slot.TransportAndVerdict ^ key.Transport;
        return ((slot.Addresses ^ key.Addresses) | (difference << (64 - VerdictShift))) == 0
            ? (FilterVerdict)(difference >> VerdictShift)
            : DecideSecond(key, ref slot);
    }

    /// <summary>Looks at the other place of the pair; a flow that is in neither moves the first there, and takes its place.</summary>
    private FilterVerdict DecideSecond(in FilterKey key, ref Slot first)
    {
        ref Slot second = ref Unsafe.Add(ref first, 1);
        ulong difference = second.TransportAndVerdict ^ key.Transport;
        if (second.Addresses == key.Addresses && difference << (64 - VerdictShift) == 0)
        {
            return (FilterVerdict)(difference >> VerdictShift);
        }

        FilterVerdict verdict = Ask(key);
        second = first;
        first.Addresses = key.Addresses;
        first.TransportAndVerdict = key.Transport | ((ulong)verdict << VerdictShift);
        return verdict;
    }

    private FilterVerdict Ask(in FilterKey key)
    {
        foreach (ref readonly CompiledRule rule in rules.AsSpan())
        {
            if (rule.Matches(key))
            {
                return rule.Verdict;
            }
        }

        return otherwise;
    }

    private struct Slot
    {
        public ulong Addresses;
        public ulong TransportAndVerdict;
    }
}
