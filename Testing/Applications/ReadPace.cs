using NetStack.Core;

namespace NetStack.Testing;

/// <summary>How fast an application reads.</summary>
/// <param name="BytesPerRead">The most it reads at a time.</param>
/// <param name="Interval">The time between reads.</param>
/// <param name="FirstRead">How long it waits, once there is something to read, before it reads the first time.</param>
public sealed record ReadPace(int BytesPerRead, Duration Interval, Duration FirstRead = default);
