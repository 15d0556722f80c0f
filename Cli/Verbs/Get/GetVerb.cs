using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using NetStack.Cli.Composition;
using NetStack.Cli.Output;

namespace NetStack.Cli.Verbs.Get;

/// <summary><c>netstack get</c>: fetches a page over the stack with the platform's HTTP client.</summary>
internal static class GetVerb
{
    private const int CopyBytes = 64 * 1024;

    public static Command Build(OutputOptionSet output)
    {
        StackOptionSet stackOptions = new(output);
        Argument<string> url = new("URL") { Description = "What to fetch: http://HOST/PATH or https://HOST/PATH." };
        Option<string?> file = new("-o")
        {
            HelpName = "FILE",
            Description = "Write the body to a file. With --json it is otherwise only counted.",
        };
        Command verb = new("get", "Fetch a page over HTTP or HTTPS. Exits 1 where the server does not answer with success.") { url, file };
        stackOptions.AddTo(verb);
        verb.SetAction(async (parsed, stop) =>
        {
            StackSettings settings = stackOptions.Read(parsed, out Terminal terminal);
            Uri address = ParseUrl(parsed.GetRequiredValue(url));
            bool isLiteral = IPAddress.TryParse(address.Host, out _);
            if (!isLiteral && settings.DnsServers.Count == 0)
            {
                throw CommandFailure.Usage($"get {address}: {address.Host} is a name; add --dns ADDR to look it up, or write an address.");
            }

            return await RunAsync(settings, address, parsed.GetValue(file), terminal, stop).ConfigureAwait(false);
        });
        return verb;
    }

    private static async Task<int> RunAsync(StackSettings settings, Uri address, string? file, Terminal terminal, CancellationToken stop)
    {
        RunningStack running = await StackComposer.OpenAsync(settings, terminal, peerServesHttp: true).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable open = running.ConfigureAwait(false);
        using HttpClient client = new(running.Stack.CreateHttpHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("netstack");
        Stopwatch elapsed = Stopwatch.StartNew();
        using HttpResponseMessage response = await client.GetAsync(
            address, HttpCompletionOption.ResponseHeadersRead, stop).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            throw CommandFailure.Failed(string.Create(
                CultureInfo.InvariantCulture, $"get {address}: the server answered {(int)response.StatusCode} {response.ReasonPhrase}"));
        }

        Stream body = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable openBody = body.ConfigureAwait(false);
        Stream destination = OpenDestination(file, terminal.IsJson);
        long bytes;
        await using (destination.ConfigureAwait(false))
        {
            bytes = await CopyAsync(body, destination, stop).ConfigureAwait(false);
        }

        if (terminal.IsJson)
        {
            string fetched = (response.RequestMessage?.RequestUri ?? address).ToString();
            terminal.Print(
                new GetReport(fetched, (int)response.StatusCode, response.Content.Headers.ContentType?.ToString(), bytes, elapsed.Elapsed.TotalSeconds, file),
                CliJson.Default.GetReport);
        }
        else
        {
            terminal.Detail(string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes in {elapsed.Elapsed.TotalSeconds:0.000} s"));
        }

        return ExitCode.Done;
    }

    private static async Task<long> CopyAsync(Stream source, Stream destination, CancellationToken stop)
    {
        byte[] buffer = new byte[CopyBytes];
        long bytes = 0;
        while (true)
        {
            int read = await source.ReadAsync(buffer, stop).ConfigureAwait(false);
            if (read == 0)
            {
                return bytes;
            }

            await destination.WriteAsync(buffer.AsMemory(0, read), stop).ConfigureAwait(false);
            bytes += read;
        }
    }

    private static Stream OpenDestination(string? file, bool isJson)
    {
        if (file is null)
        {
            return isJson ? Stream.Null : Console.OpenStandardOutput();
        }

        try
        {
            return new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read);
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            throw CommandFailure.Failed($"-o {file}: the file cannot be written ({exception.Message}); choose another.");
        }
        catch (UnauthorizedAccessException)
        {
            throw CommandFailure.Missing($"-o {file}: this user may not write the file; choose another.");
        }
    }

    private static Uri ParseUrl(string text)
    {
        string whole = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        return Uri.TryCreate(whole, UriKind.Absolute, out Uri? address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            && address.Host.Length > 0
            ? address
            : throw CommandFailure.Usage($"get {text}: this is no address of a page; write http://HOST/PATH.");
    }
}
