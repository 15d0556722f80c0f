using System.Runtime.InteropServices;

namespace NetStack.Drivers.XenNetfront;

/// <summary>The back side of the control ring: hashing, and pages that stay mapped.</summary>
/// <remarks>Xen's <c>public/io/netif.h</c>, "Control messages".</remarks>
internal sealed unsafe class NetbackControl : IDisposable
{
    private readonly NetbackTwin _twin;
    private readonly NetbackWiring _wiring;
    private readonly BackRing _ring;
    private readonly uint _port;
    private readonly byte* _scratch;

    private NetbackControl(NetbackTwin twin, NetbackWiring wiring, BackRing ring, uint port)
    {
        _twin = twin;
        _wiring = wiring;
        _ring = ring;
        _port = port;
        _scratch = wiring.Grants.AllocatePages(1);
    }

    public static NetbackControl? TryConnect(NetbackTwin twin, NetbackWiring wiring, uint reference, uint port)
    {
        byte* page = wiring.Grants.TryMap(wiring.Domain, [reference]);
        if (page is null)
        {
            return null;
        }

        if (wiring.Events.TryBind(wiring.Domain, port) is not { } bound)
        {
            wiring.Grants.Unmap(page, 1);
            return null;
        }

        wiring.Counters.GrantMaps++;
        return new NetbackControl(twin, wiring, new BackRing(page, NetifLayout.ControlSlotBytes, NetifLayout.ControlSlotCount), bound);
    }

    /// <summary>Answers what stands in the ring.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Serve()
    {
        if (!_ring.TryCountRequests(out int requests))
        {
            _twin.Fail(NetbackFault.TooManyRequests);
            return false;
        }

        for (int i = 0; i < requests; i++)
        {
            byte* request = _ring.PeekRequest(0);
            uint head = *(uint*)request;
            uint data0 = *(uint*)(request + NetifLayout.ControlData0);
            uint data1 = *(uint*)(request + NetifLayout.ControlData1);
            uint data2 = *(uint*)(request + NetifLayout.ControlData2);
            _ring.ConsumeRequests(1);
            uint status = Perform((ushort)(head >> 16), data0, data1, data2, out uint data);
            byte* response = _ring.PutResponse();
            *(uint*)response = head;
            *(uint*)(response + NetifLayout.ControlResponseStatus) = status;
            *(uint*)(response + NetifLayout.ControlResponseData) = data;
            _wiring.Counters.ControlMessages++;
        }

        if (requests > 0)
        {
            _twin.Lies?.Distort(_ring, LieTarget.ControlResponses);
            if (_ring.Push())
            {
                _wiring.Counters.Notifications++;
                _wiring.Events.Notify(_port);
            }
        }

        return requests > 0;
    }

    public bool AskForEvents() => _ring.AskForRequests(1);

    public void Dispose()
    {
        _wiring.Grants.Unmap(_ring.Page, 1);
        _wiring.Grants.FreePages(_scratch, 1);
        _wiring.Events.Close(_port);
    }

    private uint Perform(ushort type, uint data0, uint data1, uint data2, out uint data)
    {
        data = 0;
        ToeplitzSteering steering = _twin.Steering;
        switch (type)
        {
            case ControlMessage.SetHashAlgorithm:
                return data0 > ControlMessage.AlgorithmToeplitz ? ControlMessage.InvalidParameter : Done(steering.Algorithm = data0);
            case ControlMessage.GetHashFlags:
                data = steering.Algorithm == ControlMessage.AlgorithmNone ? 0 : 15u;
                return data == 0 ? ControlMessage.NotSupported : ControlMessage.Success;
            case ControlMessage.SetHashFlags:
                return data0 > 15 || steering.Algorithm == ControlMessage.AlgorithmNone ? ControlMessage.InvalidParameter : Done(steering.Types = data0);
            case ControlMessage.SetHashKey:
                return SetKey(data0, data1);
            case ControlMessage.GetHashMappingSize:
                data = ToeplitzSteering.MaximumMapping;
                return ControlMessage.Success;
            case ControlMessage.SetHashMappingSize:
                return data0 > ToeplitzSteering.MaximumMapping ? ControlMessage.InvalidParameter : Done((uint)(steering.MappingSize = (int)data0));
            case ControlMessage.SetHashMapping:
                return SetMapping(data0, data1, data2);
            case ControlMessage.GetStagingSize when _wiring.StagingGrants > 0:
                data = (uint)_wiring.StagingGrants;
                return _twin.StagingOf(data0) is null ? ControlMessage.InvalidParameter : ControlMessage.Success;
            case ControlMessage.AddStaging when _wiring.StagingGrants > 0:
                return AddStaging(data0, data1, data2);
            case ControlMessage.DeleteStaging when _wiring.StagingGrants > 0:
                return DeleteStaging(data0, data1, data2, out data);
            default:
                return ControlMessage.NotSupported;
        }
    }

    private static uint Done(uint _) => ControlMessage.Success;

    private uint SetKey(uint reference, uint lengthBytes)
    {
        if (lengthBytes > ToeplitzSteering.MaximumKeyBytes)
        {
            return ControlMessage.BufferOverflow;
        }

        if (!TryFetch(reference, lengthBytes))
        {
            return ControlMessage.InvalidParameter;
        }

        _twin.Steering.SetKey(new ReadOnlySpan<byte>(_scratch, (int)lengthBytes));
        return ControlMessage.Success;
    }

    private uint SetMapping(uint reference, uint entries, uint offset)
    {
        if ((ulong)offset + entries > (uint)_twin.Steering.MappingSize || !TryFetch(reference, entries * sizeof(uint)))
        {
            return ControlMessage.InvalidParameter;
        }

        ReadOnlySpan<uint> queues = new(_scratch, (int)entries);
        foreach (uint queue in queues)
        {
            if (queue >= (uint)_twin.QueueCount)
            {
                return ControlMessage.InvalidParameter;
            }
        }

        _twin.Steering.SetMapping((int)offset, queues);
        return ControlMessage.Success;
    }

    private uint AddStaging(uint queue, uint list, uint entries)
    {
        if (_twin.StagingOf(queue) is not { } staging || !TryFetch(list, (ulong)entries * NetifLayout.StagingEntryBytes))
        {
            return ControlMessage.InvalidParameter;
        }

        uint[] references = new uint[entries];
        for (int i = 0; i < references.Length; i++)
        {
            references[i] = *(uint*)(_scratch + (i * NetifLayout.StagingEntryBytes));
        }

        return staging.TryAdd(references) ? ControlMessage.Success : ControlMessage.InvalidParameter;
    }

    private uint DeleteStaging(uint queue, uint list, uint entries, out uint removed)
    {
        removed = 0;
        uint lengthBytes = entries * NetifLayout.StagingEntryBytes;
        if (_twin.StagingOf(queue) is not { } staging || entries > NetifLayout.PageBytes || !TryFetch(list, lengthBytes))
        {
            return ControlMessage.InvalidParameter;
        }

        for (int i = 0; i < entries; i++)
        {
            byte* entry = _scratch + (i * NetifLayout.StagingEntryBytes);
            bool isRemoved = staging.TryRemove(*(uint*)entry);
            removed += isRemoved ? 1u : 0;
            *(ushort*)(entry + NetifLayout.StagingStatus) = (ushort)(isRemoved ? ControlMessage.Success : ControlMessage.InvalidParameter);
        }

        return TryCopy(list, lengthBytes, isToOther: true) ? ControlMessage.Success : ControlMessage.InvalidParameter;
    }

    private bool TryFetch(uint reference, ulong lengthBytes) =>
        lengthBytes <= NetifLayout.PageBytes && (lengthBytes == 0 || TryCopy(reference, (uint)lengthBytes, isToOther: false));

    private bool TryCopy(uint reference, uint lengthBytes, bool isToOther)
    {
        GrantCopy copy = new()
        {
            Local = _scratch, Domain = _wiring.Domain, Reference = reference, LengthBytes = (ushort)lengthBytes, IsToOther = isToOther,
        };
        _wiring.Counters.GrantCopies++;
        _wiring.Grants.Copy(MemoryMarshal.CreateSpan(ref copy, 1));
        return copy.Status == GrantStatus.Okay;
    }
}
