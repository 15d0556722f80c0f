namespace NetStack.Cli;

/// <summary>Ends the command with one line on standard error: what, where, what to do.</summary>
internal sealed class CommandFailure(int exitCode, string message) : Exception(message)
{
    /// <summary>The exit code (<see cref="Cli.ExitCode"/>).</summary>
    public int ExitCode { get; } = exitCode;

    public static CommandFailure Usage(string message) => new(Cli.ExitCode.Usage, message);

    public static CommandFailure Failed(string message) => new(Cli.ExitCode.Failed, message);

    public static CommandFailure Missing(string message) => new(Cli.ExitCode.Missing, message);

    /// <summary>What an exception from below means to the user.</summary>
    public static CommandFailure From(Exception exception) => exception switch
    {
        CommandFailure failure => failure,
        Drivers.Tap.TapException tap => new(ExitCodeOf(tap.Error), tap.Message),
        Drivers.XenNetfront.XenException xen => Missing(xen.Message),
        Drivers.Linux.WaiterException waiter => Missing(waiter.Message),
        Drivers.Pcap.CaptureFormatException capture => Usage(capture.Message),
        OperationCanceledException => Failed("interrupted"),
        System.Net.Sockets.SocketException socket => Failed(socket.Message),
        HttpRequestException http => Failed(http.InnerException is System.Net.Sockets.SocketException inner ? inner.Message : http.Message),
        UnauthorizedAccessException access => Missing($"{access.Message} Run as a user who may, or choose another file."),
        IOException io => Failed(io.Message),
        _ => Failed($"internal error: {exception.GetType().Name}: {exception.Message} This is a defect of netstack; please report it."),
    };

    /// <summary>The message on one line, whatever is in it.</summary>
    public string Line => string.Join(' ', Message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static int ExitCodeOf(Drivers.Tap.TapError error) => error switch
    {
        Drivers.Tap.TapError.BadName or Drivers.Tap.TapError.BadAddress or Drivers.Tap.TapError.BadMtu => Cli.ExitCode.Usage,
        _ => Cli.ExitCode.Missing,
    };
}
