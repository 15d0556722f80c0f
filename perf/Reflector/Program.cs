using System.Runtime.InteropServices;
using NetStack.Core;
using NetStack.Drivers.Tap;
using NetStack.Ethernet;
using NetStack.Reflector;

// Sends the datagrams that come by a TAP back to where they came from: the device and a loop around it, no stack. For
// perf/compare, beside the same in C (perf/Compare/Rivals/Reflector).
if (args is not [string name])
{
    Console.Error.WriteLine("usage: reflector TAP");
    return 2;
}

using TapDevice device = TapDevice.Open(name, new TapOptions { Offloads = false });
using IDeviceWaiter waiter = device.CreateWaiter();
ReflectingLoop loop = new(device, waiter);
using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
device.Attach(new PacketPool(), waiter.Wake);
Console.WriteLine("ready");
loop.Run();
device.ReleaseBuffers();
return 0;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    loop.Stop();
}
