using Xunit;

namespace NetStack.Peers;

/// <summary>
/// A test that needs a network namespace and a TAP. Without the rights it fails, and says why; it is skipped only where
/// <see cref="TapRights.SkipVariable"/> permits that.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TapFactAttribute : FactAttribute
{
    /// <summary>Looks for the rights.</summary>
    public TapFactAttribute() => Skip = TapRights.SkipReason!;
}
