using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing;

/// <summary>
/// Sends one stream and receives another, at the same time or one after the other, finishes its side when everything is
/// sent, and is over when the peer has finished too.
/// </summary>
public sealed class BulkApplication : TcpApplication
{
    private readonly bool _sendsLast;
    private bool _isShutDown;

    /// <summary>Makes an application.</summary>
    /// <param name="sender">What it sends; null finishes its side once the peer has finished.</param>
    /// <param name="receiver">What it expects; null expects nothing but the end.</param>
    /// <param name="sendsLast">Whether it sends only after the peer has finished.</param>
    public BulkApplication(BulkSender? sender, BulkReceiver? receiver = null, bool sendsLast = false)
    {
        Sender = sender;
        Receiver = receiver ?? new BulkReceiver(default, 0);
        _sendsLast = sendsLast || sender is null;
    }

    /// <summary>What it sends, or null.</summary>
    public BulkSender? Sender { get; }

    /// <summary>What it receives.</summary>
    public BulkReceiver Receiver { get; }

    /// <summary>Whether it keeps its side open after everything was sent.</summary>
    public bool StaysOpen { get; init; }

    /// <inheritdoc/>
    public override bool IsDone => IsAbandoned || IsClosed && (Error != TcpError.None || Receiver.IsFinished);

    /// <inheritdoc/>
    protected override void Connected(Instant now)
    {
        Receiver.Attach(Host, Connection);
        Receiver.Progressed = Progress;
        if (Sender is not null)
        {
            Sender.Attach(Host, Connection);
            Sender.Progressed = Progress;
        }

        Progress(now);
    }

    /// <inheritdoc/>
    protected override void Readable(Instant now)
    {
        Receiver.Receive(now);
        Progress(now);
    }

    /// <inheritdoc/>
    protected override void Writable(Instant now) => Progress(now);

    /// <inheritdoc/>
    protected override void Closed(Instant now)
    {
        Sender?.Release();
        if (Error == TcpError.None)
        {
            Receiver.Receive(now);
        }
        else
        {
            Receiver.Release();
        }
    }

    /// <inheritdoc/>
    protected override void Abandoned()
    {
        Sender?.Release();
        Receiver.Release();
    }

    private void Progress(Instant now)
    {
        if (IsClosed || (_sendsLast && !Receiver.IsFinished))
        {
            return;
        }

        Sender?.Transmit(now);
        if (!_isShutDown && !StaysOpen && Sender is null or { IsFinished: true })
        {
            _isShutDown = true;
            Connection.Shutdown(now);
        }
    }
}
