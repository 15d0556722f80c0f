using Microsoft.Win32.SafeHandles;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

// The rings and event channels of the queue, as the connection of the interface comes and goes.
public sealed partial class NetfrontDevice
{
    /// <summary>Does as the interface's connection asks.</summary>
    private void Follow(Instant now)
    {
        if (_index == 0)
        {
            _link.Advance(now);
        }

        if (_link.Generation != _followed)
        {
            ChangeRings();
            if (_index == 0)
            {
                _link.Advance(now);
            }
        }

        bool isUp = _link.UpGeneration == _followed && !_isBroken;
        if (isUp && !_isUp)
        {
            _rings!.NotifyAll();
            if (_index == 0)
            {
                _groupMessages.Clear();
                _link.Groups.AddAll(_groupMessages);
            }
        }

        _isUp = isUp;
    }

    private IEventChannels OpenChannels()
    {
        IEventChannels channels = _link.Hypervisor.OpenEventChannels(Wake);
        _channelLife = _link.Life;

        // One loop is enough to hear of the connection: the first queue's.
        _handles = channels.Handle is not { } bells ? []
            : _index == 0 && _link.Store.Handle is { } news ? [bells, news]
            : [bells];
        return channels;
    }

    private void ChangeRings()
    {
        int generation = _link.Generation;
        CloseRings();
        if ((generation & 1) != 0)
        {
            try
            {
                if (_channelLife != _link.Life)
                {
                    _channels.Dispose();
                    _channels = OpenChannels();
                }

                _grants!.Renew(_pool!, _link.BackendDomain, _link.Life);
                QueueRings rings = new(_link.Hypervisor.Grants, _channels, _grants, _pool!, _link.Current, Name);
                _rings = rings;
                GrantsGiven(_grants.References);
                if (_index == 0)
                {
                    _link.OpenControl(_channels);
                }
            }
            catch (XenException failure)
            {
                _isBroken = true;
                _link.Report(failure);
            }
        }

        _followed = generation;
        _link.QueueFollowed();
    }

    private void CloseRings()
    {
        _rings?.Close();
        _rings = null;
        _groupMessages.Clear();
        if (_index == 0)
        {
            _link.CloseControl();
        }

        _isUp = false;
        _isBroken = false;
    }

    /// <summary>Uses the rings no more: what stands on them makes no sense.</summary>
    private void Break(NetfrontFault fault)
    {
        _isBroken = true;
        _isUp = false;
        _link.Report(fault);
    }

    /// <summary>The backend may keep these pages mapped, once it is told.</summary>
    private void GrantsGiven(ReadOnlySpan<uint> references)
    {
        if (_rings is not null)
        {
            _link.Staging.Add(_index, references);
        }
    }

    private void TellOfGroups()
    {
        TransmitQueue queue = _rings!.Transmit;
        int told = 0;
        while (told < _groupMessages.Count && queue.TryPutGroup(_groupMessages[told].Type, _groupMessages[told].Group))
        {
            told++;
        }

        _groupMessages.RemoveRange(0, told);
        if (queue.Push())
        {
            _channels.Notify(_rings.TransmitPort);
        }

        if (queue.GroupsRefused > 0 && _link.Groups.IsOn)
        {
            _link.Groups.GiveUp();
            _link.QueueFollowed();
        }
    }

    /// <summary>Lets the bells ring again, when there is nothing left to do: a storm of them costs a few looks a turn.</summary>
    /// <returns>Whether any had rung.</returns>
    private bool TakeEvents()
    {
        int taken = 0;
        while (taken < MostEventsATurn && _channels.TryTakeFired(out uint port))
        {
            _channels.Unmask(port);
            taken++;
        }

        return taken > 0;
    }
}
