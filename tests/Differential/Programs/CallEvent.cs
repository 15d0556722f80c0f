using System.Globalization;

namespace NetStack.Differential.Tests;

/// <summary>The application calls.</summary>
internal sealed record CallEvent(CallKind Kind, int Bytes = 0) : ProgramEvent
{
    public override string ToString() =>
        Bytes == 0 ? Kind.ToString() : string.Create(CultureInfo.InvariantCulture, $"{Kind} {Bytes}");
}
