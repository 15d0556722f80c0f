using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Testing;

/// <summary>A link between two devices, each direction with conditions of its own.</summary>
public sealed class SimulatedLink
{
    // A locally administered block of station addresses: link and end number follow.
    private const ulong FirstAddress = 0x02_00_5E_20_00_00;

    internal SimulatedLink(
        Simulation simulation, int index, LinkConditions leftToRight, LinkConditions rightToLeft, LinkEndOptions ends)
    {
        Index = index;
        LeftToRight = new LinkDirection(simulation, $"link{index}>", leftToRight, ends);
        RightToLeft = new LinkDirection(simulation, $"link{index}<", rightToLeft, ends);
        LeftEnd = MakeEnd(simulation, "left", 0, LeftToRight, RightToLeft, ends);
        RightEnd = MakeEnd(simulation, "right", 1, RightToLeft, LeftToRight, ends);
        LeftToRight.Sender = RightToLeft.Receiver = LeftEnd;
        RightToLeft.Sender = LeftToRight.Receiver = RightEnd;
    }

    /// <summary>The place in <see cref="Simulation.Links"/>.</summary>
    public int Index { get; }

    /// <summary>The device at one end.</summary>
    public IEthernetDevice Left => LeftEnd;

    /// <summary>The device at the other end.</summary>
    public IEthernetDevice Right => RightEnd;

    /// <summary>The way of the frames that <see cref="Left"/> sends.</summary>
    public LinkDirection LeftToRight { get; }

    /// <summary>The way of the frames that <see cref="Right"/> sends.</summary>
    public LinkDirection RightToLeft { get; }

    internal LinkEnd LeftEnd { get; }

    internal LinkEnd RightEnd { get; }

    /// <summary>Sets the conditions of both directions, for frames offered from now on.</summary>
    public void SetConditions(LinkConditions conditions)
    {
        LeftToRight.Conditions = conditions;
        RightToLeft.Conditions = conditions;
    }

    /// <summary>Cuts the link, or mends it; the other conditions stay.</summary>
    public void SetUp(bool isUp)
    {
        LeftToRight.Conditions = LeftToRight.Conditions with { IsUp = isUp };
        RightToLeft.Conditions = RightToLeft.Conditions with { IsUp = isUp };
    }

    private LinkEnd MakeEnd(
        Simulation simulation, string side, int number, LinkDirection outgoing, LinkDirection incoming, LinkEndOptions ends) =>
        new(
            simulation,
            $"sim:{Index}:{side}",
            new MacAddress(FirstAddress + ((ulong)Index << 1) + (ulong)number),
            new DeviceCapabilities(ends.Medium, outgoing.Conditions.MtuBytes, ends.Offloads),
            outgoing)
        {
            Incoming = incoming,
        };
}
