using NetStack.Peers;

namespace NetStack.Cli.Tests;

/// <summary>A folder of its own for one test, in which the command runs.</summary>
internal sealed class WorkingFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netstack-cli-");

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public void Write(string name, string text) => File.WriteAllText(PathOf(name), text);

    /// <summary>Runs the command in the folder, with variables set as <c>NAME=VALUE</c>.</summary>
    public Task<ProcessOutcome> RunAsync(IEnumerable<string> arguments, params IEnumerable<string> variables)
    {
        (string program, string[] before) = NetstackCommand.Locate();
        return ProcessRunner.RunAsync("env", ["-C", _folder.FullName, .. variables, program, .. before, .. arguments]);
    }

    /// <summary>Starts the command in the folder and lets it run.</summary>
    public RunningProcess Start(params IEnumerable<string> arguments)
    {
        (string program, string[] before) = NetstackCommand.Locate();
        return new RunningProcess("env", ["-C", _folder.FullName, program, .. before, .. arguments]);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
