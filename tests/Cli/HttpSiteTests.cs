using System.Net;
using System.Text.Json;
using NetStack.Core;

namespace NetStack.Cli.Tests;

public class HttpSiteTests
{
    private const ulong Step = 0x9E37_79B9_7F4A_7C15;

    [Fact]
    public async Task Plaintext_is_the_thirteen_bytes()
    {
        await using SimulatedStack stack = await SimulatedStack.OpenAsync();
        using HttpClient client = stack.OpenClient();

        using HttpResponseMessage response = await client.GetAsync(new Uri("plaintext", UriKind.Relative));

        Assert.Equal("Hello, World!"u8.ToArray(), await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(13, response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task The_front_page_is_html()
    {
        await using SimulatedStack stack = await SimulatedStack.OpenAsync();
        using HttpClient client = stack.OpenClient();

        using HttpResponseMessage response = await client.GetAsync(new Uri("", UriKind.Relative));

        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("</html>", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(4097)]
    [InlineData(3_000_001)]
    public async Task Bytes_are_those_of_the_formula(int count)
    {
        await using SimulatedStack stack = await SimulatedStack.OpenAsync();
        using HttpClient client = stack.OpenClient();

        byte[] bytes = await client.GetByteArrayAsync(new Uri($"bytes/{count}", UriKind.Relative));

        Assert.Equal(count, bytes.Length);
        for (int i = 0; i < count; i++)
        {
            ulong word = unchecked((ulong)(i / 8) * Step);
            Assert.True(bytes[i] == (byte)(word >> (8 * (i % 8))), $"byte {i}");
        }
    }

    [Theory]
    [InlineData("bytes/1000000000001", HttpStatusCode.BadRequest)]
    [InlineData("bytes/-1", HttpStatusCode.BadRequest)]
    [InlineData("bytes/many", HttpStatusCode.BadRequest)]
    [InlineData("echo", HttpStatusCode.MethodNotAllowed)]
    [InlineData("nothing", HttpStatusCode.NotFound)]
    public async Task What_is_not_served_is_refused(string path, HttpStatusCode status)
    {
        await using SimulatedStack stack = await SimulatedStack.OpenAsync();
        using HttpClient client = stack.OpenClient();

        using HttpResponseMessage response = await client.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task A_trillion_bytes_begin_at_once()
    {
        await using SimulatedStack stack = await SimulatedStack.OpenAsync();
        using HttpClient client = stack.OpenClient();

        using HttpResponseMessage response = await client.GetAsync(
            new Uri("bytes/1000000000000", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        byte[] first = new byte[16];
        await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(first);

        Assert.Equal(1_000_000_000_000, response.Content.Headers.ContentLength);
        Assert.Equal(Step, BitConverter.ToUInt64(first, 8));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Echo_sends_the_body_back(bool withLength)
    {
        byte[] body = new byte[100_000];
        new Random(1).NextBytes(body);
        await using SimulatedStack stack = await SimulatedStack.OpenAsync();
        using HttpClient client = stack.OpenClient();
        client.DefaultRequestHeaders.TransferEncodingChunked = !withLength;

        using ByteArrayContent content = new(body);
        using HttpResponseMessage response = await client.PostAsync(new Uri("echo", UriKind.Relative), content);

        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Statistics_name_every_counter_and_every_reason()
    {
        await using SimulatedStack stack = await SimulatedStack.OpenAsync();
        using HttpClient client = stack.OpenClient();

        using JsonDocument report = JsonDocument.Parse(await client.GetStringAsync(new Uri("stats", UriKind.Relative)));

        JsonElement root = report.RootElement;
        Assert.Equal(1, root.GetProperty("openConnections").GetInt32());
        Assert.Equal(0, root.GetProperty("timeWaitConnections").GetInt32());
        Assert.True(root.GetProperty("poolOutstandingBlocks").GetInt32() >= 0);
        Assert.True(root.GetProperty("managedHeapBytes").GetInt64() > 0);
        Assert.Equal(3, root.GetProperty("gcCounts").GetArrayLength());
        Assert.Equal(Enum.GetValues<DropReason>().Length, root.GetProperty("drops").EnumerateObject().Count());
        Assert.Equal(
            root.GetProperty("totalDrops").GetInt64(), root.GetProperty("drops").EnumerateObject().Sum(drop => drop.Value.GetInt64()));
        Assert.Equal(0, root.GetProperty("drops").GetProperty("tcp-bad-checksum").GetInt64());
        Assert.Equal(Enum.GetValues<Counter>().Length, root.GetProperty("counters").EnumerateObject().Count());
        Assert.True(root.GetProperty("counters").GetProperty("framesReceived").GetInt64() > 0);
        Assert.Equal("10.9.0.1/24", root.GetProperty("devices")[0].GetProperty("addresses")[0].GetString());
    }
}
