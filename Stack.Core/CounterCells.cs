using System.Runtime.CompilerServices;

namespace NetStack.Core;

/// <summary>
/// Room for the values of <see cref="Counter"/> or <see cref="DropReason"/> within the object that has them: counting is one
/// instruction, without a look at the length of an array.
/// </summary>
[InlineArray(Capacity)]
internal struct CounterCells
{
    /// <summary>The values it has room for: more than there are members.</summary>
    public const int Capacity = 128;

    private long _first;
}
