using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetStack.Drivers.Linux;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// Event channels through <c>/dev/xen/evtchn</c>: a read gives the ports that fired, which the kernel has masked, and a write
/// of a port unmasks it.
/// </summary>
internal sealed unsafe class LinuxEventChannels : IEventChannels
{
    private const int PortsAtOnce = 64;

    private readonly LinuxHypervisor _hypervisor;
    private readonly SafeFileHandle _file;
    private readonly int _descriptor;
    private readonly int _life;
    private readonly List<uint> _open = [];
    private readonly uint[] _fired = new uint[PortsAtOnce];
    private bool _isStale;
    private int _firedNext;
    private int _firedEnd;

    /// <exception cref="XenException">The device file does not open.</exception>
    public LinuxEventChannels(LinuxHypervisor hypervisor, string folder)
    {
        _hypervisor = hypervisor;
        _life = hypervisor.Life;
        _file = XenDeviceFile.OpenEventChannels(folder);
        _descriptor = (int)_file.DangerousGetHandle();
    }

    public SafeFileHandle? Handle => _file;

    public uint AllocateUnbound(ushort domain)
    {
        uint remote = domain;
        int port = XenDeviceFile.Control(_file, XenDeviceFile.BindUnbound, &remote);
        if (port < 0)
        {
            throw XenFailure.NoChannel(domain, Marshal.GetLastPInvokeError());
        }

        _open.Add((uint)port);
        return (uint)port;
    }

    public uint? TryBind(ushort domain, uint port)
    {
        uint* remote = stackalloc uint[2] { domain, port };
        int own = XenDeviceFile.Control(_file, XenDeviceFile.BindInterdomain, remote);
        if (own < 0)
        {
            return null;
        }

        _open.Add((uint)own);
        return (uint)own;
    }

    public void Notify(uint port) => XenDeviceFile.Control(_file, XenDeviceFile.NotifyPort, &port);

    public bool TryTakeFired(out uint port)
    {
        while (_firedNext < _firedEnd || TryReadFired())
        {
            port = _fired[_firedNext++];
            if (_open.Contains(port))
            {
                return true;
            }
        }

        port = 0;
        return false;
    }

    public void Unmask(uint port) => LibC.Write(_descriptor, (byte*)&port, sizeof(uint));

    public void Close(uint port)
    {
        if (_open.Remove(port) && !IsStale())
        {
            XenDeviceFile.Control(_file, XenDeviceFile.UnbindPort, &port);
        }
    }

    public void Dispose()
    {
        if (_file.IsClosed)
        {
            return;
        }

        if (_open.Count > 0 ? IsStale() : _isStale)
        {
            // The ports are gone with the domain that was saved, and the kernel has a BUG where it closes one that it does not
            // know any more (evtchn_unbind_from_user of drivers/xen/evtchn.c). So the file stays open until the process ends.
            _file.SetHandleAsInvalid();
        }

        _file.Dispose();
    }

    /// <summary>Whether ports of the file belong to the domain's life before a restore.</summary>
    private bool IsStale() => _isStale |= _life != _hypervisor.Life;

    private bool TryReadFired()
    {
        nint length;
        fixed (uint* ports = _fired)
        {
            length = LibC.Read(_descriptor, (byte*)ports, PortsAtOnce * sizeof(uint));
        }

        _firedNext = 0;
        _firedEnd = length > 0 ? (int)length / sizeof(uint) : 0;
        if (length < 0 && Marshal.GetLastPInvokeError() == Errno.FileTooBig)
        {
            // The kernel's own ring overflowed, which it says until it is told to start again. Any port may have fired.
            XenDeviceFile.Control(_file, XenDeviceFile.ResetEvents, null);
            _firedEnd = Math.Min(_open.Count, PortsAtOnce);
            _open.CopyTo(0, _fired, 0, _firedEnd);
        }

        return _firedEnd > 0;
    }
}
