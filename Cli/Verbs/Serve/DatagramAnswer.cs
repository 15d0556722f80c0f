namespace NetStack.Cli.Verbs.Serve;

/// <summary>What a service answers to a datagram.</summary>
/// <param name="payload">What was received; valid during the call and until the answer is sent.</param>
/// <returns>The answer's payload, or null for none.</returns>
internal delegate ReadOnlyMemory<byte>? DatagramAnswer(ReadOnlyMemory<byte> payload);
