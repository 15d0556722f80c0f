extern alias platform;

using System.Reflection;
using SocketScenarios;
using PlatformNetwork = platform::SocketScenarios.ScenarioNetwork;
using PlatformTranscript = platform::SocketScenarios.Transcript;

namespace NetStack.Sockets.Tests.Compat;

/// <summary>
/// Each scenario is compiled twice: against System.Net.Sockets, where it runs over the kernel's loopback, and against ours.
/// What happens has to be the same, to the error code.
/// </summary>
public class ParityTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static TheoryData<string> Scenarios => [.. Methods(typeof(ScenarioNetwork).Assembly).Keys];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Sockets_behave_as_the_platforms(string scenario)
    {
        string expected;
        await using (PlatformNetwork kernel = new())
        {
            PlatformTranscript transcript = new();
            await RunAsync(typeof(PlatformNetwork).Assembly, scenario, kernel, transcript);
            expected = transcript.ToString();
        }

        string actual;
        await using (ScenarioNetwork stacks = new())
        {
            Transcript transcript = new();
            await RunAsync(typeof(ScenarioNetwork).Assembly, scenario, stacks, transcript);
            actual = transcript.ToString();
        }

        Assert.NotEmpty(expected);
        Assert.True(expected == actual, $"The platform's sockets:\n{expected}\nOurs:\n{actual}");
    }

    [Fact]
    public void Both_sides_have_the_same_scenarios() =>
        Assert.Equal(Methods(typeof(PlatformNetwork).Assembly).Keys, Methods(typeof(ScenarioNetwork).Assembly).Keys);

    private static async Task RunAsync(Assembly assembly, string scenario, object network, object transcript)
    {
        // On a thread of its own: a scenario whose blocking call never returns must not hold up the others.
        Task running = Task.Factory.StartNew(
            () => (Task)Methods(assembly)[scenario].Invoke(null, [network, transcript])!,
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap();
        try
        {
            await running.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{assembly.GetName().Name} hangs. What happened before:\n{transcript}");
        }
    }

    private static SortedDictionary<string, MethodInfo> Methods(Assembly assembly)
    {
        SortedDictionary<string, MethodInfo> methods = new(StringComparer.Ordinal);
        foreach (Type type in assembly.GetTypes().Where(type => type.Name.EndsWith("Scenarios", StringComparison.Ordinal)))
        {
            foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            {
                methods.Add($"{type.Name}.{method.Name}", method);
            }
        }

        return methods;
    }
}
