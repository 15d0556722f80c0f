using System.Net;
using NetStack.Cli.Composition;
using NetStack.Cli.Output;
using NetStack.Sockets;

namespace NetStack.Cli.Tests;

/// <summary>A stack in this process on <c>--if sim</c>, whose peer runs every server of the command.</summary>
internal sealed class SimulatedStack : IAsyncDisposable
{
    private readonly RunningStack _running;

    private SimulatedStack(RunningStack running) => _running = running;

    public static IPAddress PeerAddress { get; } = IPAddress.Parse("10.9.0.1");

    public NetworkStack Stack => _running.Stack;

    public static async Task<SimulatedStack> OpenAsync()
    {
        Dictionary<string, IReadOnlyList<Setting>> settings = SettingKey.All.ToDictionary(key => key, _ => (IReadOnlyList<Setting>)[]);
        settings[SettingKey.Device] = [new Setting("sim", "--if")];
        settings[SettingKey.Address] = [new Setting("10.9.0.2/24", "--ip")];
        Terminal terminal = new(TextWriter.Null, TextWriter.Null, isJson: false, isVerbose: false, isQuiet: false);
        return new SimulatedStack(await StackComposer.OpenAsync(StackSettings.Parse(settings), terminal, peerServesHttp: true));
    }

    public HttpClient OpenClient() => new(Stack.CreateHttpHandler()) { BaseAddress = new Uri($"http://{PeerAddress}/") };

    public ValueTask DisposeAsync() => _running.DisposeAsync();
}
