using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing;

/// <summary>
/// The most common scenario: a client sends bytes to a server over one link, both finish, and everything is checked:
/// every byte, every counter, every buffer.
/// </summary>
public static class Transfer
{
    private const ushort Port = 7;

    /// <summary>Runs a transfer.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="bytes">The bytes from client to server.</param>
    /// <param name="conditions">What the link does.</param>
    /// <param name="options">The rest; the defaults where null.</param>
    /// <exception cref="ScenarioFailedException">The bytes did not arrive whole, or an oracle was violated.</exception>
    public static TransferResult Run(ulong seed, long bytes, LinkConditions conditions, TransferOptions? options = null) =>
        Scenario.Run("transfer", seed, simulation => Play(simulation, bytes, conditions, options ?? new TransferOptions()));

    /// <summary>The same within a scenario of one's own.</summary>
    public static TransferResult Play(Simulation simulation, long bytes, LinkConditions conditions, TransferOptions options)
    {
        ArgumentNullException.ThrowIfNull(simulation);
        ArgumentNullException.ThrowIfNull(options);
        HostPair pair = HostPair.Make(simulation, conditions, options.BackConditions, options.Hosts, options.Ends);
        StreamContent there = new(simulation.Seed);
        StreamContent back = new(~simulation.Seed);

        BulkApplication server = new(
            options.BackBytes > 0 ? new BulkSender(back, options.BackBytes, options.LargestWriteBytes) : null,
            new BulkReceiver(there, bytes, options.ServerPace));
        BulkApplication client = new(
            new BulkSender(there, bytes, options.LargestWriteBytes),
            new BulkReceiver(back, options.BackBytes, options.ClientPace));
        TcpListenEndpoint endpoint = pair.Server.Listen(Port, () => server, options.Server);
        pair.Client.Connect(pair.ServerEndPoint(Port), client, options.Client);

        if (!simulation.RunUntil(() => server.IsDone && client.IsDone, options.Limit))
        {
            throw new OracleException($"stuck: the server has {server.Receiver}, the client {client.Receiver} and {client.Sender}");
        }

        Verify("server", server, client.Sender!);
        Verify("client", client, server.Sender);
        endpoint.Close(simulation.Now);
        simulation.RunToRest();
        Oracles.VerifyFinished(simulation);
        Counters counters = pair.Client.Counters;
        return new TransferResult(
            bytes,
            server.Receiver.FinishedAt - client.OpenedAt,
            counters[Counter.TcpSegmentsTransmitted],
            counters[Counter.TcpSegmentsRetransmitted],
            counters[Counter.TcpRetransmissionTimeouts],
            counters[Counter.TcpFastRecoveries],
            pair.Link.LeftToRight.Counters,
            pair.Link.RightToLeft.Counters);
    }

    private static void Verify(string side, BulkApplication application, BulkSender? sender)
    {
        if (application.Error != TcpError.None || !application.Receiver.IsWhole)
        {
            throw new OracleException($"the {side} ended with {application.Error} and {application.Receiver}");
        }

        if (sender is not null && !application.Receiver.Digest.SequenceEqual(sender.Digest))
        {
            throw new OracleException($"the {side} read other bytes than were written");
        }
    }
}
