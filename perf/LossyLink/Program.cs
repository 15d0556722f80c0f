using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using NetStack.LossyLink;
using NetStack.Tcp;

// The parts of perf/lossy-link, which says what they are for.
Option<int> links = new("--links") { DefaultValueFactory = _ => 8 };
Option<double> rate = new("--rate") { DefaultValueFactory = _ => 100 };
Option<int> delay = new("--delay") { DefaultValueFactory = _ => 50 };
Option<double> loss = new("--loss") { DefaultValueFactory = _ => 0.01 };
Option<int> queue = new("--queue") { DefaultValueFactory = _ => 1000 };
Option<ulong> seed = new("--seed") { DefaultValueFactory = _ => 1 };
Option<int> seconds = new("--seconds") { DefaultValueFactory = _ => 30 };
Option<string> control = new("--cc") { DefaultValueFactory = _ => CongestionControl.Names[0] };

Command relay = new("relay") { links, rate, delay, loss, queue, seed };
relay.SetAction(arguments =>
{
    using CancellationTokenSource stop = new();
    using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using Relay carrier = new(PlanOf(arguments));
    Console.WriteLine("ready");
    carrier.Run(stop.Token);
    foreach (string line in carrier.Describe())
    {
        Console.WriteLine(line);
    }

    Console.WriteLine(FormattableString.Invariant($"{carrier.Refused} refused by TAPs, at most {carrier.LongestLag} late"));
    return 0;

    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stop.Cancel();
    }
});

Command receive = new("receive") { links, seconds };
receive.SetAction(async (arguments, _) =>
    Tell(await KernelSockets.ReceiveAsync(arguments.GetValue(links), TimeOf(arguments)), TimeOf(arguments)));

Command send = new("send") { links, control };
send.SetAction((arguments, _) => KernelSockets.SendAsync(arguments.GetValue(links), arguments.GetValue(control)!));

Command sendOwn = new("send-own") { links, control };
sendOwn.SetAction((arguments, _) => OwnStack.SendAsync(arguments.GetValue(links), ControllerOf(arguments)));

Command simulate = new("simulate") { links, rate, delay, loss, queue, seed, seconds, control };
simulate.SetAction(arguments =>
    Tell(OwnStack.Simulate(PlanOf(arguments), TimeOf(arguments), ControllerOf(arguments)), TimeOf(arguments)));

return new RootCommand("The parts of perf/lossy-link.") { relay, receive, send, sendOwn, simulate }.Parse(args).Invoke();

LinkPlan PlanOf(ParseResult arguments) => LinkPlan.Make(
    arguments.GetValue(links),
    arguments.GetValue(rate),
    arguments.GetValue(delay),
    arguments.GetValue(loss),
    arguments.GetValue(queue),
    arguments.GetValue(seed));

TimeSpan TimeOf(ParseResult arguments) => TimeSpan.FromSeconds(arguments.GetValue(seconds));

Func<ulong, ICongestionController> ControllerOf(ParseResult arguments) =>
    CongestionControl.TryFind(arguments.GetValue(control)!, out Func<ulong, ICongestionController>? controller)
        ? controller
        : throw new ArgumentException($"--cc takes {string.Join(", ", CongestionControl.Names)}.");

// One line: the goodput of each link in kbit/s.
static void Tell(long[] bytes, TimeSpan time) =>
    Console.WriteLine(string.Join(' ', bytes.Select(count => (count * 8 / 1000 / time.TotalSeconds).ToString("0", CultureInfo.InvariantCulture))));
