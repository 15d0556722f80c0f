using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Testing;

/// <summary>
/// A learning Ethernet switch: it remembers on which link a station was heard, sends frames for it there, and all others
/// to every link but the one they came on. It takes no time; its links do.
/// </summary>
public sealed class SimulatedSwitch
{
    private readonly Simulation _simulation;
    private readonly List<LinkEnd> _ends = [];
    private readonly Dictionary<MacAddress, LinkEnd> _stations = [];

    internal SimulatedSwitch(Simulation simulation, string name)
    {
        _simulation = simulation;
        Name = name;
    }

    /// <summary>Names the switch in messages.</summary>
    public string Name { get; }

    /// <summary>Frames sent to one link.</summary>
    public long Forwarded { get; private set; }

    /// <summary>Frames sent to all links: group addresses, and stations not heard yet.</summary>
    public long Flooded { get; private set; }

    /// <summary>Adds a link whose right end is in the switch; the left end is for a host.</summary>
    /// <param name="toSwitch">What happens to frames on their way to the switch.</param>
    /// <param name="fromSwitch">What happens to frames on their way from it; the same where null.</param>
    public SimulatedLink AddLink(LinkConditions toSwitch, LinkConditions? fromSwitch = null)
    {
        SimulatedLink link = _simulation.AddLink(toSwitch, fromSwitch);
        LinkEnd end = link.RightEnd;
        end.Receiver = new SwitchPort(this, end);
        _ends.Add(end);
        return link;
    }

    /// <summary>A frame comes in. Takes the ownership.</summary>
    internal void Receive(SimulatedFrame frame, LinkEnd from, Instant now)
    {
        if (!EthernetHeader.TryParse(frame.Span, out EthernetHeader header))
        {
            _simulation.Return(frame);
            return;
        }

        if (!header.Source.IsGroup)
        {
            _stations[header.Source] = from;
        }

        if (!header.Destination.IsGroup && _stations.TryGetValue(header.Destination, out LinkEnd? only))
        {
            Forward(frame, only, from, now);
            return;
        }

        Flooded++;
        foreach (LinkEnd end in _ends)
        {
            if (end != from)
            {
                SimulatedFrame copy = _simulation.LeaseFrame();
                copy.Fill(frame.Span);
                end.Outgoing.Transmit(copy, now);
            }
        }

        _simulation.Return(frame);
    }

    private void Forward(SimulatedFrame frame, LinkEnd to, LinkEnd from, Instant now)
    {
        if (to == from)
        {
            _simulation.Return(frame);
            return;
        }

        Forwarded++;
        to.Outgoing.Transmit(frame, now);
    }
}
