namespace NetStack.Tcp;

/// <content>Trouble that does not end the connection. RFC 9293 §3.9.1.8.</content>
public sealed partial class TcpDuplexPipe
{
    /// <summary>
    /// Called by the loop each time there is trouble on the way to the peer that does not end the connection. Null, as it is
    /// at first, asks for no reports.
    /// </summary>
    public Action<TcpDuplexPipe, TcpError>? SoftErrorReported { get; set; }

    /// <summary>Loop: passes on that there is trouble.</summary>
    private void ReportSoftError(TcpEvents events)
    {
        if ((events & TcpEvents.SoftError) != 0 && _connection.SoftError != TcpError.None)
        {
            SoftErrorReported?.Invoke(this, _connection.SoftError);
        }
    }
}
