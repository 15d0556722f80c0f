using NetStack.Core;

namespace NetStack.Tcp.Tests;

/// <summary>How a loop learns of what is posted, and what it has for writers.</summary>
public sealed class LoopMailboxTests
{
    private readonly Item _item = new();
    private readonly LoopMailbox _mailbox;
    private int _wakes;

    public LoopMailboxTests() => _mailbox = new LoopMailbox(() => _wakes++);

    [Fact]
    public void What_the_loop_posts_itself_wakes_nobody_and_keeps_it_from_sleeping()
    {
        _mailbox.BeginTurn();
        _mailbox.Post(_item);

        Assert.Equal(0, _wakes);
        Assert.False(_mailbox.TryBeginSleep());
        Assert.True(_mailbox.Process(Instant.Origin));
        Assert.Equal(1, _item.Processed);
        Assert.True(_mailbox.TryBeginSleep());
    }

    [Fact]
    public void What_another_thread_posts_during_a_turn_asks_for_one_more()
    {
        _mailbox.BeginTurn();
        OnAnotherThread(() => _mailbox.Post(_item));
        Assert.True(_mailbox.Process(Instant.Origin));

        Assert.False(_mailbox.TryBeginSleep());
        _mailbox.BeginTurn();
        Assert.True(_mailbox.TryBeginSleep());
        Assert.Equal((0, 1), (_wakes, _item.Processed));
    }

    [Fact]
    public void A_post_to_a_sleeping_loop_wakes_it_once()
    {
        _mailbox.BeginTurn();
        Assert.True(_mailbox.TryBeginSleep());
        OnAnotherThread(() => _mailbox.Post(_item));
        OnAnotherThread(() => _mailbox.Post(new Item()));

        Assert.Equal(1, _wakes);
    }

    [Fact]
    public void A_writer_on_the_loop_has_the_pool_where_nothing_is_laid_out()
    {
        PacketPool pool = new(64);
        BlockExchange exchange = new(pool, capacity: 4);
        Assert.Null(exchange.TryTake());
        exchange.EnterLoop();

        PacketBuffer? elsewhere = null;
        OnAnotherThread(() => elsewhere = exchange.TryTake());
        PacketBuffer? here = exchange.TryTake();

        Assert.Null(elsewhere);
        Assert.NotNull(here);
        pool.Return(here);
        exchange.Refill();
        exchange.Drain();
        Assert.Equal(0, pool.OutstandingBlocks);
    }

    private static void OnAnotherThread(Action action)
    {
        Thread thread = new(() => action());
        thread.Start();
        thread.Join();
    }

    private sealed class Item : MailboxItem
    {
        public int Processed { get; private set; }

        protected internal override void Process(Instant now) => Processed++;
    }
}
