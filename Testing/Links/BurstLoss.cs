using System.Globalization;

namespace NetStack.Testing;

/// <summary>
/// Losses that come in bursts: the link is in a good or a bad state, changes it with a probability at every frame, and
/// loses frames with the probability of its state.
/// </summary>
/// <param name="GoodToBad">The probability, at each frame, that a good link turns bad.</param>
/// <param name="BadToGood">The probability, at each frame, that a bad link turns good: its inverse is the mean length of a burst in frames.</param>
/// <param name="LossWhenBad">The probability that a bad link loses a frame.</param>
/// <param name="LossWhenGood">The probability that a good link loses a frame.</param>
/// <remarks>Gilbert, "Capacity of a Burst-Noise Channel", 1960; Elliott, "Estimates of Error Rates for Codes on Burst-Noise Channels", 1963.</remarks>
public sealed record BurstLoss(double GoodToBad, double BadToGood, double LossWhenBad = 1, double LossWhenGood = 0)
{
    /// <summary>The numbers, in short.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"bursts {GoodToBad}/{BadToGood}/{LossWhenBad}/{LossWhenGood}");
}
