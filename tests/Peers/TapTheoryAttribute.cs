using Xunit;

namespace NetStack.Peers;

/// <summary>The same as <see cref="TapFactAttribute"/> for a test with cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TapTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for the rights.</summary>
    public TapTheoryAttribute() => Skip = TapRights.SkipReason!;
}
