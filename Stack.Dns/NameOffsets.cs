using System.Runtime.CompilerServices;

namespace NetStack.Dns;

/// <summary>Where in a message names start that later ones may point to. Names past the last slot go uncompressed.</summary>
[InlineArray(Capacity)]
internal struct NameOffsets
{
    /// <summary>How many starts are remembered.</summary>
    public const int Capacity = 64;

    private ushort _first;
}
