using System.CommandLine;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using NetStack.Drivers.Tap;
using NetStack.PageServer;
using NetStack.Sockets;

// Servers of one short page for perf/compare, beside the command's own: a program straight on the stack's pipes, and Kestrel
// on the kernel, set up as the command sets up Kestrel on the stack.
const int Port = 80;
using CancellationTokenSource stop = new();
using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

Option<string> device = new("--if") { Required = true, Description = "the TAP" };
Option<string> address = new("--ip") { Required = true, Description = "the address with its prefix" };
Command pipes = new("pipes", "Serves over the stack's pipes.") { device, address };
pipes.SetAction(async (arguments, _) =>
{
    NetworkStackOptions options = new NetworkStackOptions { Scheduler = PipeScheduler.Inline }.AddDevice(TapDevice.Open(arguments.GetValue(device)!), arguments.GetValue(address)!);
    await using NetworkStack stack = NetworkStack.Start(options);
    await PipeServer.RunAsync(stack, Port, stop.Token);
});

Command kestrel = new("kestrel", "Serves by Kestrel on the kernel.");
kestrel.SetAction((_, _) => KestrelServer.RunAsync(Port, stop.Token));

return await new RootCommand("Servers of one page, for perf/compare.") { pipes, kestrel }.Parse(args).InvokeAsync();

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
