using NetStack.Drivers.Linux;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>xenstore's messages as bytes, without a xenstore.</summary>
public sealed class StoreConnectionTests
{
    [Fact]
    public void A_request_is_the_header_and_its_texts_and_a_value_may_be_any_bytes()
    {
        using StorePeer peer = new();
        peer.Send(StorePeer.Message(StoreRequest.Write, 1, "OK\0"));
        peer.Store.Write("data/x", "a\0\u00FF", transaction: 7);
        Assert.Equal(StorePeer.Message(StoreRequest.Write, 1, "data/x\0a\0\u00FF", transaction: 7), peer.TakeRequest());

        peer.Send(StorePeer.Message(StoreRequest.Read, 2, "\0\u0080\u00FFz"));
        Assert.Equal("\0\u0080\u00FFz", peer.Store.Read("data/x"));
        Assert.Equal(StorePeer.Message(StoreRequest.Read, 2, "data/x\0"), peer.TakeRequest());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    public void Answers_and_events_come_in_any_pieces_and_are_told_apart(int pieceBytes)
    {
        using StorePeer peer = new();
        byte[] stream =
        [
            .. StorePeer.Event("device/vif/0/state", "one"), .. StorePeer.Message(StoreRequest.Read, 1, "hello"),
            .. StorePeer.Event("backend", "two"),
        ];
        foreach (byte[] piece in stream.Chunk(pieceBytes))
        {
            peer.Send(piece);
        }

        Assert.Equal("hello", peer.Store.Read("data/x"));
        Assert.True(peer.Store.TryTakeFired(out string path, out string token));
        Assert.Equal(("device/vif/0/state", "one"), (path, token));
        Assert.True(peer.Store.TryTakeFired(out path, out token));
        Assert.Equal(("backend", "two"), (path, token));
        Assert.False(peer.Store.TryTakeFired(out _, out _));
    }

    [Fact]
    public void The_longest_message_passes_and_a_longer_one_ends_the_connection_for_good()
    {
        using StorePeer peer = new();
        string longest = new('x', IXenStore.MaximumPayloadBytes);
        peer.Send(StorePeer.Message(StoreRequest.Read, 1, longest));
        Assert.Equal(longest, peer.Store.Read("data/x"));

        peer.Send(StorePeer.Message(StoreRequest.Read, 2, "", length: IXenStore.MaximumPayloadBytes + 1));
        XenException broken = Assert.Throws<XenException>(() => peer.Store.Read("data/x"));
        Assert.Equal(XenError.ProtocolBroken, broken.Error);
        Assert.DoesNotContain('\n', broken.Message);
        Assert.Equal(broken.Message, Assert.Throws<XenException>(() => peer.Store.Write("data/x", "")).Message);
        Assert.Equal(broken.Message, Assert.Throws<XenException>(() => peer.Store.TryTakeFired(out _, out _)).Message);
    }

    [Fact]
    public void An_answer_of_another_type_ends_the_connection()
    {
        using StorePeer peer = new();
        peer.Send(StorePeer.Message(StoreRequest.Directory, 1, "x\0"));
        Assert.Equal(XenError.ProtocolBroken, Assert.Throws<XenException>(() => peer.Store.Read("data/x")).Error);
    }

    [Fact]
    public void An_event_without_a_token_ends_the_connection()
    {
        using StorePeer peer = new();
        peer.Send(StorePeer.Message(StoreRequest.WatchEvent, 0, "path\0token"));
        Assert.Equal(XenError.ProtocolBroken, Assert.Throws<XenException>(() => peer.Store.TryTakeFired(out _, out _)).Error);
    }

    [Fact]
    public void An_answer_that_nobody_waits_for_any_more_is_skipped()
    {
        using StorePeer peer = new();
        peer.Send(StorePeer.Message(StoreRequest.Read, 77, "late"));
        peer.Send(StorePeer.Message(StoreRequest.Read, 1, "mine"));
        Assert.Equal("mine", peer.Store.Read("data/x"));
        peer.Send(StorePeer.Message(StoreRequest.Read, 78, "later"));
        Assert.False(peer.Store.TryTakeFired(out _, out _));
    }

    [Theory]
    [InlineData("ENOENT", true, null)]
    [InlineData("EACCES", true, null)]
    [InlineData("EINVAL", false, XenError.CallFailed)]
    [InlineData("ENOSUCHERROR", false, XenError.CallFailed)]
    public void Reading_tells_what_is_not_there_from_what_failed(string name, bool isNothing, XenError? error)
    {
        using StorePeer peer = new();
        peer.Send(StorePeer.Message(StoreRequest.Error, 1, name + "\0"));
        if (isNothing)
        {
            Assert.Null(peer.Store.Read("data/x"));
        }
        else
        {
            Assert.Equal(error, Assert.Throws<XenException>(() => peer.Store.Read("data/x")).Error);
        }

        // A refusal leaves the connection as it was.
        peer.Send(StorePeer.Message(StoreRequest.Read, 2, "v"));
        Assert.Equal("v", peer.Store.Read("data/x"));
    }

    [Theory]
    [InlineData("EACCES", XenError.NotPermitted)]
    [InlineData("EPERM", XenError.NotPermitted)]
    [InlineData("ENOSPC", XenError.Exhausted)]
    [InlineData("E2BIG", XenError.Exhausted)]
    [InlineData("EBUSY", XenError.CallFailed)]
    public void A_refused_write_says_which_path_and_why_in_one_line(string name, XenError error)
    {
        using StorePeer peer = new();
        peer.Send(StorePeer.Message(StoreRequest.Error, 1, name + "\0"));
        XenException refused = Assert.Throws<XenException>(() => peer.Store.Write("device/vif/0/state", "4"));
        Assert.Equal(error, refused.Error);
        Assert.NotEqual(0, refused.ErrorNumber);
        Assert.Contains("device/vif/0/state", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void A_transaction_that_others_disturbed_is_to_be_begun_anew()
    {
        using StorePeer peer = new();
        peer.Send(StorePeer.Message(StoreRequest.TransactionStart, 1, "4711\0"));
        uint transaction = peer.Store.Begin();
        Assert.Equal(4711u, transaction);
        Assert.Equal(StorePeer.Message(StoreRequest.TransactionStart, 1, "\0"), peer.TakeRequest());

        peer.Send(StorePeer.Message(StoreRequest.Error, 2, "EAGAIN\0", transaction));
        Assert.False(peer.Store.End(transaction, commits: true));
        Assert.Equal(StorePeer.Message(StoreRequest.TransactionEnd, 2, "T\0", transaction), peer.TakeRequest());

        peer.Send(StorePeer.Message(StoreRequest.TransactionEnd, 3, "OK\0", transaction));
        Assert.True(peer.Store.End(transaction, commits: false));
        Assert.Equal(StorePeer.Message(StoreRequest.TransactionEnd, 3, "F\0", transaction), peer.TakeRequest());
    }

    [Fact]
    public void Names_of_nodes_are_listed_and_the_permission_names_the_owner_first()
    {
        using StorePeer peer = new();
        peer.Send(StorePeer.Message(StoreRequest.Directory, 1, "0\0queue-1\0"));
        Assert.Equal(["0", "queue-1"], peer.Store.List("device/vif"));
        peer.Send(StorePeer.Message(StoreRequest.Directory, 2, ""));
        Assert.Equal([], peer.Store.List("device/vif"));
        peer.TakeRequest();
        peer.TakeRequest();

        peer.Send(StorePeer.Message(StoreRequest.Read, 3, "12"));
        peer.Send(StorePeer.Message(StoreRequest.SetPermissions, 4, "OK\0"));
        peer.Store.PermitReading("data/vchan", 3);
        peer.TakeRequest();
        Assert.Equal(StorePeer.Message(StoreRequest.SetPermissions, 4, "data/vchan\0n12\0r3\0"), peer.TakeRequest());
    }

    [Fact]
    public void What_cannot_be_a_path_a_token_or_a_value_is_refused_before_anything_is_sent()
    {
        using StorePeer peer = new();
        Assert.Throws<XenException>(() => peer.Store.Read("data\0x"));
        Assert.Throws<XenException>(() => peer.Store.Watch("data", "to\0ken"));
        Assert.Throws<XenException>(() => peer.Store.Read(new string('x', 3073)));
        Assert.Throws<XenException>(() => peer.Store.Write("data/x", "\u0100"));
        Assert.Throws<XenException>(() => peer.Store.Write("data/x", new string('x', IXenStore.MaximumPayloadBytes)));
        Assert.Empty(peer.TakeRequest());
    }

    [Fact]
    public void A_storm_of_events_is_kept_within_bounds_and_no_watch_is_forgotten()
    {
        using StorePeer peer = new();
        int sent = 0;
        for (int round = 0; round < 300; round++)
        {
            List<byte> burst = [];
            for (int i = 0; i < 10; i++)
            {
                burst.AddRange(StorePeer.Event($"backend/{sent++}", "storm"));
            }

            peer.Send([.. burst, .. StorePeer.Event("backend/state", "again"), .. StorePeer.Message(StoreRequest.Read, (uint)round + 1, "v")]);
            peer.Store.Read("data/x");
            peer.TakeRequest();
        }

        peer.Send([.. StorePeer.Event("backend/last", "other"), .. StorePeer.Message(StoreRequest.Read, 301, "v")]);
        peer.Store.Read("data/x");
        List<string> tokens = [];
        while (peer.Store.TryTakeFired(out _, out string token))
        {
            tokens.Add(token);
        }

        Assert.InRange(tokens.Count, 3, 1100);
        Assert.Single(tokens, "again");
        Assert.Single(tokens, "other");
        Assert.Contains("storm", tokens);
    }

    [Fact]
    public void A_connection_without_another_end_says_so_in_one_line()
    {
        using StorePeer peer = new();
        peer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => peer.Store.Read("data/x"));

        // The read end of a closed stream.
        using StoreConnection closed = new(File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite));
        XenException lost = Assert.Throws<XenException>(() => new LinuxXenStore(closed).Read("data/x"));
        Assert.Equal(XenError.CallFailed, lost.Error);
        Assert.DoesNotContain('\n', lost.Message);
    }
}
