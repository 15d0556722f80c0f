using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// The control ring of one connection, in the hands of the first queue's loop: how the backend is to spread flows over the queues,
/// and which pages it may keep mapped. One message is out at a time.
/// </summary>
/// <remarks>Xen's <c>public/io/netif.h</c>, "Control messages" and "Static Grants".</remarks>
internal sealed unsafe class ControlRing
{
    private const int Pages = 3;
    private const int RingPage = 0;
    private const int KeyPage = 1;
    private const int ListPage = 2;
    private const int KeyBytes = 40;
    private const uint MappingEntries = 128;
    private const int ListEntries = NetifLayout.PageBytes / NetifLayout.StagingEntryBytes;
    private const uint AllHashes = ControlMessage.HashV4 | ControlMessage.HashV4Tcp | ControlMessage.HashV6 | ControlMessage.HashV6Tcp;

    private readonly IGrantTable _table;
    private readonly IEventChannels _channels;
    private readonly byte* _pages;
    private readonly uint[] _references = new uint[Pages];
    private readonly FrontRing _ring;
    private readonly int _queues;
    private readonly StagingRequests _staging;
    private readonly uint[] _stagingRoom;
    private ushort _lastId;
    private ushort _awaited;
    private uint _hashes;

    // What is next: the steps of hashing, then the sizes of the staging tables, then their entries as they come.
    private int _step;
    private int _stagingQueue;
    private (int Queue, ReadOnlyMemory<uint> References) _batch;

    /// <summary>Makes the ring.</summary>
    /// <exception cref="XenException">There are no more pages, grants or event channels.</exception>
    public ControlRing(IGrantTable table, IEventChannels channels, ushort domain, int queues, StagingRequests staging, ReadOnlySpan<byte> key)
    {
        _table = table;
        _channels = channels;
        _queues = queues;
        _staging = staging;
        _stagingRoom = new uint[queues];
        _pages = table.AllocatePages(Pages);
        if (!table.TryGrant(domain, _pages, Pages, _references))
        {
            table.FreePages(_pages, Pages);
            throw new XenException(XenError.Exhausted, "xen: the platform gives no more grants for a control ring.");
        }

        try
        {
            Port = channels.AllocateUnbound(domain);
        }
        catch
        {
            FreePages();
            throw;
        }

        _ring = new FrontRing(_pages, NetifLayout.ControlSlotBytes, NetifLayout.ControlSlotCount);
        key[..KeyBytes].CopyTo(new Span<byte>(PageOf(KeyPage), KeyBytes));
        _step = queues > 1 ? 0 : FirstStagingStep;
    }

    private const int FirstStagingStep = 6;
    private const int StagingStep = FirstStagingStep + 1;

    /// <summary>The key's length in bytes.</summary>
    public static int HashKeyBytes => KeyBytes;

    public uint Reference => _references[RingPage];

    public uint Port { get; }

    /// <summary>Whether the backend spreads flows as it was told.</summary>
    public bool IsHashing { get; private set; }

    /// <summary>The pages that the backend said it keeps mapped.</summary>
    public int StagedPages { get; private set; }

    /// <summary>Takes the answer that is there, and sends the next message.</summary>
    /// <returns>What the backend did wrong.</returns>
    public NetfrontFault Advance()
    {
        if (_awaited == 0 && _step >= StagingStep && !_staging.HasWaiting)
        {
            return NetfrontFault.None;
        }

        do
        {
            if (!_ring.TryCountResponses(out int responses))
            {
                return NetfrontFault.ControlRingBroken;
            }

            if (responses > 0)
            {
                byte* slot = _ring.TakeResponse();
                uint head = Volatile.Read(ref *(uint*)slot);
                uint status = Volatile.Read(ref *(uint*)(slot + NetifLayout.ControlResponseStatus));
                uint data = Volatile.Read(ref *(uint*)(slot + NetifLayout.ControlResponseData));
                if ((ushort)head != _lastId || (ushort)(head >> 16) != _awaited)
                {
                    return NetfrontFault.ControlRingBroken;
                }

                _awaited = 0;
                Answered(status == ControlMessage.Success, data);
            }

            while (_awaited == 0 && SendNext())
            {
                // A step that has nothing to ask leads to the next.
            }

            if (_ring.Push())
            {
                _channels.Notify(Port);
            }
        }
        while (_awaited != 0 && _ring.AskForResponses(1));

        return NetfrontFault.None;
    }

    /// <summary>Ends the ring.</summary>
    public void Close()
    {
        _channels.Close(Port);
        FreePages();
    }

    private byte* PageOf(int page) => _pages + (page * NetifLayout.PageBytes);

    private void FreePages()
    {
        _table.End(_pages, _references);
        _table.FreePages(_pages, Pages);
    }

    /// <returns>Whether the step had no message, and the next may have one.</returns>
    private bool SendNext()
    {
        switch (_step)
        {
            case 0:
                return Send(ControlMessage.SetHashAlgorithm, ControlMessage.AlgorithmToeplitz);
            case 1:
                return Send(ControlMessage.GetHashFlags);
            case 2:
                return Send(ControlMessage.SetHashFlags, _hashes);
            case 3:
                return Send(ControlMessage.SetHashKey, _references[KeyPage], KeyBytes);
            case 4:
                return Send(ControlMessage.SetHashMappingSize, MappingEntries);
            case 5:
                uint* mapping = (uint*)PageOf(ListPage);
                for (uint i = 0; i < MappingEntries; i++)
                {
                    mapping[i] = i % (uint)_queues;
                }

                return Send(ControlMessage.SetHashMapping, _references[ListPage], MappingEntries, 0);
            case FirstStagingStep when !_staging.IsWanted || _stagingQueue == _queues:
                _step++;
                return _staging.IsWanted;
            case FirstStagingStep:
                return Send(ControlMessage.GetStagingSize, (uint)_stagingQueue);
            default:
                return SendStaging();
        }
    }

    private void Answered(bool isDone, uint data)
    {
        switch (_step)
        {
            case < FirstStagingStep when !isDone:
                // A backend without hashing spreads flows as it likes.
                _step = FirstStagingStep;
                break;
            case 1:
                _hashes = data & AllHashes;
                _step++;
                break;
            case < FirstStagingStep:
                _step++;
                IsHashing = _step == FirstStagingStep;
                break;
            case FirstStagingStep:
                _stagingRoom[_stagingQueue++] = isDone ? Math.Min(data, int.MaxValue) : 0;
                break;
            default:
                StagedPages += isDone ? _batch.References.Length : 0;
                _stagingRoom[_batch.Queue] = isDone ? _stagingRoom[_batch.Queue] : 0;
                break;
        }
    }

    /// <summary>Sends references of pages that the backend may keep mapped, a list at a time.</summary>
    /// <returns>Whether there is nothing to send for now.</returns>
    private bool SendStaging()
    {
        while (_staging.TryTake(ListEntries, out int queue, out ReadOnlyMemory<uint> references))
        {
            references = references[..(int)Math.Min((uint)references.Length, _stagingRoom[queue])];
            if (references.IsEmpty)
            {
                continue;
            }

            byte* entry = PageOf(ListPage);
            foreach (uint reference in references.Span)
            {
                *(uint*)(entry + NetifLayout.StagingReference) = reference;
                *(uint*)(entry + NetifLayout.StagingFlags) = 0;
                entry += NetifLayout.StagingEntryBytes;
            }

            _batch = (queue, references);
            _stagingRoom[queue] -= (uint)references.Length;
            return Send(ControlMessage.AddStaging, (uint)queue, _references[ListPage], (uint)references.Length);
        }

        return false;
    }

    private bool Send(ushort type, uint data0 = 0, uint data1 = 0, uint data2 = 0)
    {
        byte* request = _ring.PutRequest();
        _awaited = type;
        *(ushort*)(request + NetifLayout.ControlId) = ++_lastId;
        *(ushort*)(request + NetifLayout.ControlType) = type;
        *(uint*)(request + NetifLayout.ControlData0) = data0;
        *(uint*)(request + NetifLayout.ControlData1) = data1;
        *(uint*)(request + NetifLayout.ControlData2) = data2;
        return false;
    }
}
