namespace NetStack.Core;

/// <summary>
/// Hears of a pool's blocks before they are first lent: a device that must make memory known to the other side before frames
/// may stand in it, as netfront grants pages.
/// </summary>
public unsafe interface IBlockRegistrar
{
    /// <summary>Takes note of blocks that the pool is about to lend. What they held may be lost.</summary>
    /// <param name="firstIndex">The <see cref="PacketBuffer.BlockIndex"/> of the first.</param>
    /// <param name="start">Its first byte; the others follow.</param>
    /// <param name="blocks">How many blocks of <see cref="PacketBuffer.BlockBytes"/>.</param>
    /// <returns>False where they cannot be made known: the pool then never lends them, and grows no more.</returns>
    bool TryRegister(int firstIndex, byte* start, int blocks);
}
