namespace NetStack.Drivers.XenNetfront;

/// <summary>What a <see cref="NetbackTwin"/> has done and seen, since it was made.</summary>
public sealed class NetbackCounters
{
    /// <summary>Frames taken from the frontend.</summary>
    public long FramesFromGuest { get; internal set; }

    /// <summary>Their bytes.</summary>
    public long BytesFromGuest { get; internal set; }

    /// <summary>Requests of the transmit ring, extra slots among them.</summary>
    public long SlotsFromGuest { get; internal set; }

    /// <summary>Frames given to the frontend.</summary>
    public long FramesToGuest { get; internal set; }

    /// <summary>Their bytes.</summary>
    public long BytesToGuest { get; internal set; }

    /// <summary>Responses of the receive ring, extra slots among them.</summary>
    public long SlotsToGuest { get; internal set; }

    /// <summary>Super-frames taken from the frontend.</summary>
    public long SuperFramesFromGuest { get; internal set; }

    /// <summary>Super-frames given to the frontend.</summary>
    public long SuperFramesToGuest { get; internal set; }

    /// <summary>Super-frames without the mark of a blank checksum, which was put right.</summary>
    public long SuperFramesMended { get; internal set; }

    /// <summary>Frames from the frontend with a blank checksum.</summary>
    public long BlankChecksumsFromGuest { get; internal set; }

    /// <summary>Grant copies: one for each piece within a page.</summary>
    public long GrantCopies { get; internal set; }

    /// <summary>Grant copies that failed.</summary>
    public long GrantCopiesFailed { get; internal set; }

    /// <summary>Pages mapped: rings and staging grants.</summary>
    public long GrantMaps { get; internal set; }

    /// <summary>Pieces copied from or to pages that stand mapped: grant copies saved.</summary>
    public long StagedCopies { get; internal set; }

    /// <summary>Notifications sent.</summary>
    public long Notifications { get; internal set; }

    /// <summary>Events taken.</summary>
    public long Events { get; internal set; }

    /// <summary>Frames of the frontend that were answered with an error.</summary>
    public long TransmitErrors { get; internal set; }

    /// <summary>Frames for the frontend dropped: no room in time, not joined, too long, no pool block.</summary>
    public long Dropped { get; internal set; }

    /// <summary>Frames for the frontend kept back because it has not joined their group.</summary>
    public long MulticastFiltered { get; internal set; }

    /// <summary>Messages of the control ring answered.</summary>
    public long ControlMessages { get; internal set; }

    /// <summary>How often the frontend connected.</summary>
    public long Connections { get; internal set; }

    /// <summary>Lies told: changes made by <see cref="NetbackLies"/>.</summary>
    public long Lies { get; internal set; }
}
