using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NetStack.Sockets;

namespace NetStack.Cli.Verbs.Serve;

/// <summary>
/// The pages of <c>serve --http</c>: <c>/</c>, <c>/plaintext</c>, <c>/bytes/N</c>, <c>/echo</c> and <c>/stats</c>, which with
/// <c>?collect</c> collects the garbage first. Bodies stream: none is ever held whole.
/// </summary>
internal sealed class HttpSite(NetworkStack stack, IEnumerable<DeviceOptions> devices)
{
    private const string BytesPath = "/bytes/";
    private const int ChunkBytes = 64 * 1024;

    private readonly DeviceOptions[] _devices = [.. devices];

    private static ReadOnlySpan<byte> Page =>
        """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>NetStack</title></head>
        <body>
        <h1>It works</h1>
        <p>This page came through a TCP/IP stack written wholly in C#: ASP.NET Core on NetStack.</p>
        <p><a href="/plaintext">plaintext</a> | <a href="/bytes/1000000">a million bytes</a> | <a href="/stats">statistics</a></p>
        </body>
        </html>

        """u8;

    /// <summary>Answers a request.</summary>
    public Task ServeAsync(HttpContext exchange)
    {
        string path = exchange.Request.Path.Value ?? "";
        string allowed = path == "/echo" ? HttpMethods.Post : HttpMethods.Get;
        bool isAllowed = HttpMethods.Equals(exchange.Request.Method, allowed)
            || (allowed == HttpMethods.Get && HttpMethods.IsHead(exchange.Request.Method));
        if (!IsKnown(path))
        {
            return RefuseAsync(exchange.Response, StatusCodes.Status404NotFound, $"There is no {path} here.");
        }

        if (!isAllowed)
        {
            exchange.Response.Headers.Allow = allowed == HttpMethods.Get ? "GET, HEAD" : allowed;
            return RefuseAsync(exchange.Response, StatusCodes.Status405MethodNotAllowed, $"{path} takes {allowed} only.");
        }

        return path switch
        {
            "/" => WriteAsync(exchange, "text/html; charset=utf-8", Page),
            "/plaintext" => WriteAsync(exchange, "text/plain", "Hello, World!"u8),
            "/stats" => WriteStatisticsAsync(exchange),
            "/echo" => EchoAsync(exchange),
            _ => WriteBytesAsync(exchange, path[BytesPath.Length..]),
        };
    }

    private static bool IsKnown(string path) =>
        path is "/" or "/plaintext" or "/stats" or "/echo" || path.StartsWith(BytesPath, StringComparison.Ordinal);

    private static async Task WriteBytesAsync(HttpContext exchange, string text)
    {
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long count) || count > DeterministicBytes.MaximumBytes)
        {
            await RefuseAsync(
                exchange.Response, StatusCodes.Status400BadRequest, $"Ask for a number of bytes up to {DeterministicBytes.MaximumBytes}.").ConfigureAwait(false);
            return;
        }

        HttpResponse response = exchange.Response;
        response.ContentType = "application/octet-stream";
        response.ContentLength = count;
        if (HttpMethods.IsHead(exchange.Request.Method))
        {
            return;
        }

        PipeWriter body = response.BodyWriter;
        long offset = 0;
        while (offset < count)
        {
            for (int unflushed = 0; unflushed < ChunkBytes && offset < count;)
            {
                Memory<byte> room = body.GetMemory();
                int part = (int)Math.Min(room.Length, count - offset);
                DeterministicBytes.Fill(offset, room.Span[..part]);
                body.Advance(part);
                offset += part;
                unflushed += part;
            }

            FlushResult flush = await body.FlushAsync(exchange.RequestAborted).ConfigureAwait(false);
            if (flush.IsCompleted)
            {
                return;
            }
        }
    }

    private static async Task EchoAsync(HttpContext exchange)
    {
        HttpResponse response = exchange.Response;
        response.ContentType = exchange.Request.ContentType ?? "application/octet-stream";
        response.ContentLength = exchange.Request.ContentLength;
        PipeReader input = exchange.Request.BodyReader;
        PipeWriter output = response.BodyWriter;
        while (true)
        {
            ReadResult read = await input.ReadAsync(exchange.RequestAborted).ConfigureAwait(false);
            ReadOnlySequence<byte> chunk = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, ChunkBytes));
            bool isLast = read.IsCompleted && chunk.Length == read.Buffer.Length;
            foreach (ReadOnlyMemory<byte> piece in chunk)
            {
                output.Write(piece.Span);
            }

            input.AdvanceTo(chunk.End);
            FlushResult flush = await output.FlushAsync(exchange.RequestAborted).ConfigureAwait(false);
            if (isLast || flush.IsCompleted)
            {
                return;
            }
        }
    }

    private async Task WriteStatisticsAsync(HttpContext exchange)
    {
        if (exchange.Request.Query.ContainsKey("collect"))
        {
            // What managedHeapBytes then says is what is live.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        }

        StackReport report = StackReport.Of(await stack.ReadStatisticsAsync().ConfigureAwait(false), _devices);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(report, CliJson.Default.StackReport);
        await WriteAsync(exchange, "application/json", json).ConfigureAwait(false);
    }

    private static Task WriteAsync(HttpContext exchange, string type, ReadOnlySpan<byte> body)
    {
        HttpResponse response = exchange.Response;
        response.ContentType = type;
        response.ContentLength = body.Length;
        if (HttpMethods.IsHead(exchange.Request.Method))
        {
            return Task.CompletedTask;
        }

        response.BodyWriter.Write(body);
        return response.BodyWriter.FlushAsync(exchange.RequestAborted).AsTask();
    }

    private static Task RefuseAsync(HttpResponse response, int status, string line)
    {
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        byte[] body = Encoding.UTF8.GetBytes(line + "\n");
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(response.HttpContext.Request.Method)
            ? Task.CompletedTask
            : response.Body.WriteAsync(body, response.HttpContext.RequestAborted).AsTask();
    }
}
