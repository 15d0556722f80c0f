using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>What the parts of a netback that serve one frontend share.</summary>
/// <param name="Grants">The backend domain's grant table.</param>
/// <param name="Events">The event channels of the twin's thread.</param>
/// <param name="Counters">The twin's counters.</param>
/// <param name="Pool">The twin's pool.</param>
/// <param name="Domain">The frontend's domain.</param>
/// <param name="StagingGrants">The pages of a queue that may stand mapped.</param>
internal sealed record NetbackWiring(
    IGrantTable Grants, IEventChannels Events, NetbackCounters Counters, PacketPool Pool, ushort Domain, int StagingGrants);
