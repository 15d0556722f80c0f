using System.CommandLine;
using System.Diagnostics;
using System.Net;
using NetStack.Flood;

// Sends forged segments to a stack on an interface, at a rate, until it is told to stop by the time it was given.
Option<string> device = new("--if") { Required = true };
Option<string> link = new("--link") { Required = true, Description = "the link address of the stack" };
Option<string> target = new("--target") { Required = true, Description = "address:port of the stack" };
Option<string> peer = new("--peer") { Required = true, Description = "address:port of the connection's other end" };
Option<string> kind = new("--kind") { Required = true };
kind.AcceptOnlyFromAmong(ForgedSegment.Kinds);
Option<int> rate = new("--rate") { DefaultValueFactory = _ => 20_000, Description = "segments a second" };
Option<double> seconds = new("--seconds") { DefaultValueFactory = _ => 5 };

RootCommand command = new("Sends forged segments.") { device, link, target, peer, kind, rate, seconds };
command.SetAction(arguments =>
{
    using PacketSocket socket = new(arguments.GetValue(device)!);
    ForgedSegment segment = new(
        arguments.GetValue(link)!,
        IPEndPoint.Parse(arguments.GetValue(target)!),
        IPEndPoint.Parse(arguments.GetValue(peer)!),
        arguments.GetValue(kind)!);
    int perSecond = arguments.GetValue(rate);
    TimeSpan time = TimeSpan.FromSeconds(arguments.GetValue(seconds));
    long sent = 0;
    long refused = 0;
    Stopwatch clock = Stopwatch.StartNew();
    while (clock.Elapsed < time)
    {
        for (long due = (long)(clock.Elapsed.TotalSeconds * perSecond); sent < due; sent++)
        {
            refused += socket.TrySend(segment.Next()) ? 0 : 1;
        }

        Thread.Sleep(1);
    }

    Console.WriteLine(FormattableString.Invariant($"{(sent - refused) / clock.Elapsed.TotalSeconds:0}"));
    return 0;
});
return command.Parse(args).Invoke();
