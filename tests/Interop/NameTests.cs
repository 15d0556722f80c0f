using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>Names of dnsmasq's and pages of nginx's, over our stack as the client.</summary>
public sealed class NameTests
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private static readonly string[] Stack =
        ["--if", "tap:tap0", "--ip", $"{ServedNetwork.Ours}/24", "--dns", ServedNetwork.Kernels];

    [TapFact]
    [Trait("RFC", "1034 §3.6.2")]
    public async Task Get_fetches_by_name_and_by_alias_what_nginx_serves()
    {
        using TemporaryFolder folder = new();
        (string page, _) = folder.WriteRandom("page", 3_000_000);
        using NetworkNamespace space = await SpaceAsync();
        using RunningProcess names = await StartNamesAsync(space);
        using RunningProcess pages = await StartPagesAsync(space, folder);
        foreach (string host in new[] { "www.example.test", "alias.example.test" })
        {
            string copy = folder.Combine(host);
            (await NetstackCommand.RunAsync(space, ["get", $"http://{host}/page", "-o", copy, .. Stack])).Succeeded();
            Assert.True(File.ReadAllBytes(page).AsSpan().SequenceEqual(File.ReadAllBytes(copy)));
        }

        ProcessOutcome missing = await NetstackCommand.RunAsync(space, ["get", "http://www.example.test/missing", .. Stack]);
        AssertLine.Is(missing, 1, "404");
        ProcessOutcome unknown = await NetstackCommand.RunAsync(space, ["get", "http://nobody.example.test/", .. Stack]);
        AssertLine.Is(unknown, 1, "nobody.example.test");
        ProcessOutcome refused = await NetstackCommand.RunAsync(space, ["get", "http://www.example.test:81/", .. Stack]);
        AssertLine.Is(refused, 1, "refused");
        await pages.StopAsync();
        await names.StopAsync();
    }

    [TapTheory]
    [InlineData("www.example.test", "A")]
    [InlineData("alias.example.test", "A")]
    [InlineData("alias.example.test", "CNAME")]
    [InlineData("many.example.test", "A")]
    [InlineData("example.test", "MX")]
    [InlineData("text.example.test", "TXT")]
    [InlineData("_http._tcp.example.test", "SRV")]
    [Trait("RFC", "1035 §3.2")]
    public async Task Resolve_prints_the_records_that_dig_prints(string name, string type)
    {
        using NetworkNamespace space = await SpaceAsync();
        using RunningProcess names = await StartNamesAsync(space);
        ProcessOutcome ours = (await NetstackCommand.RunAsync(space, ["resolve", name, "--type", type, .. Stack])).Succeeded();
        ProcessOutcome theirs = (await space.RunAsync("dig", ["+noall", "+answer", $"@{ServedNetwork.Kernels}", name, type])).Succeeded();
        string[] records = Records(theirs.Output);
        Assert.NotEmpty(records);
        Assert.Equal(records, Records(ours.Output));
        await names.StopAsync();
    }

    [TapFact]
    [Trait("RFC", "2308 §2.1")]
    public async Task Resolve_exits_with_one_for_names_that_do_not_exist_and_for_servers_that_do_not_answer()
    {
        using NetworkNamespace space = await SpaceAsync();
        using RunningProcess names = await StartNamesAsync(space);
        ProcessOutcome unknown = await NetstackCommand.RunAsync(space, ["resolve", "nobody.example.test", .. Stack]);
        AssertLine.Is(unknown, 1, "NXDOMAIN");
        ProcessOutcome empty = await NetstackCommand.RunAsync(space, ["resolve", "www.example.test", "--type", "MX", .. Stack]);
        AssertLine.Is(empty, 1, "MX");
        await names.StopAsync();
        ProcessOutcome silent = await NetstackCommand.RunAsync(space, ["resolve", "www.example.test", .. Stack]);
        AssertLine.Is(silent, 1, "no DNS server answered");
    }

    /// <summary>Records without the differences of layout, in an order of their own: servers turn the order round.</summary>
    private static string[] Records(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => string.Join(' ', line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)))
            .Order(StringComparer.Ordinal),
    ];

    private static async Task<NetworkNamespace> SpaceAsync()
    {
        NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.AddTapAsync("tap0", $"{ServedNetwork.Kernels}/24", queues: NetstackCommand.Queues);
        return space;
    }

    private static async Task<RunningProcess> StartNamesAsync(NetworkNamespace space)
    {
        RunningProcess names = space.Start("dnsmasq",
        [
            "--keep-in-foreground", "--conf-file=/dev/null", "--log-facility=-", "--pid-file=", "--user=root", "--no-resolv", "--no-hosts",
            $"--listen-address={ServedNetwork.Kernels}", "--bind-interfaces", "--local=/example.test/", "--local-ttl=300",
            $"--host-record=www.example.test,{ServedNetwork.Kernels}", "--cname=alias.example.test,www.example.test",
            "--host-record=many.example.test,10.9.0.11", "--host-record=many.example.test,10.9.0.12", "--host-record=many.example.test,10.9.0.13",
            "--mx-host=example.test,www.example.test,10", "--txt-record=text.example.test,one string,and another",
            "--srv-host=_http._tcp.example.test,www.example.test,80,1,2",
        ]);
        try
        {
            await names.WaitForLineAsync("started", StartLimit);
            return names;
        }
        catch
        {
            names.Dispose();
            throw;
        }
    }

    private static async Task<RunningProcess> StartPagesAsync(NetworkNamespace space, TemporaryFolder folder)
    {
        string configuration = folder.Combine("nginx.conf");
        await File.WriteAllTextAsync(configuration,
            $$"""
            daemon off;
            master_process off;
            user root;
            pid {{folder.Combine("nginx.pid")}};
            error_log stderr notice;
            events { }
            http {
                access_log off;
                client_body_temp_path {{folder.Path}}; proxy_temp_path {{folder.Path}}; fastcgi_temp_path {{folder.Path}};
                uwsgi_temp_path {{folder.Path}}; scgi_temp_path {{folder.Path}};
                server { listen {{ServedNetwork.Kernels}}:80; root {{folder.Path}}; }
            }
            """);
        RunningProcess pages = space.Start("nginx", ["-e", "stderr", "-p", folder.Path, "-c", configuration]);
        try
        {
            await pages.WaitForLineAsync("start|using the \"epoll\"", StartLimit);
            return pages;
        }
        catch
        {
            pages.Dispose();
            throw;
        }
    }
}
