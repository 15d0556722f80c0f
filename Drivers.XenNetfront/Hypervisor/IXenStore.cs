using Microsoft.Win32.SafeHandles;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// A connection to xenstore, the tree of short texts by which domains find each other. Used by one thread at a time. Calls
/// return when xenstore has answered. A path without a leading slash is below <c>/local/domain/OURS/</c>.
/// </summary>
/// <remarks>Xen's <c>docs/misc/xenstore.txt</c> and <c>public/io/xs_wire.h</c>: a path has at most 3,072 bytes, a message 4,096.</remarks>
public interface IXenStore : IDisposable
{
    /// <summary>The longest value or list in bytes: that of a message.</summary>
    public const int MaximumPayloadBytes = 4096;

    /// <summary>What a waiter can watch for fired watches; null where the platform calls <c>wake</c> instead.</summary>
    SafeFileHandle? Handle { get; }

    /// <summary>Reads a value.</summary>
    /// <param name="path">The node.</param>
    /// <param name="transaction">A transaction, or 0.</param>
    /// <returns>Its text; null where it is not there or not for us to read.</returns>
    /// <exception cref="XenException">The connection failed, or the value is longer than a message.</exception>
    string? Read(string path, uint transaction = 0);

    /// <summary>Writes a value; makes the node and those above it as needed.</summary>
    /// <exception cref="XenException">It was refused, or the connection failed.</exception>
    void Write(string path, string value, uint transaction = 0);

    /// <summary>Removes a node and all below it. Nothing happens where it is not there.</summary>
    /// <exception cref="XenException">It was refused, or the connection failed.</exception>
    void Remove(string path, uint transaction = 0);

    /// <summary>Lists the names of the nodes below one; null where that is not there.</summary>
    /// <exception cref="XenException">The connection failed.</exception>
    IReadOnlyList<string>? List(string path, uint transaction = 0);

    /// <summary>Lets a domain read a node that we own, and nobody else.</summary>
    /// <exception cref="XenException">It was refused, or the connection failed.</exception>
    void PermitReading(string path, ushort domain, uint transaction = 0);

    /// <summary>Begins a transaction.</summary>
    /// <exception cref="XenException">It was refused, or the connection failed.</exception>
    uint Begin();

    /// <summary>Ends a transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="commits">Whether what was written is to be kept.</param>
    /// <returns>False where somebody else changed what it read or wrote meanwhile: begin anew.</returns>
    /// <exception cref="XenException">It was refused, or the connection failed.</exception>
    bool End(uint transaction, bool commits);

    /// <summary>Watches a node and all below it. Fires once at first.</summary>
    /// <param name="path">The node, which need not be there.</param>
    /// <param name="token">Comes back with each event; tells watches apart.</param>
    /// <exception cref="XenException">It was refused, or the connection failed.</exception>
    void Watch(string path, string token);

    /// <summary>Ends a watch.</summary>
    void Unwatch(string path, string token);

    /// <summary>Takes the next event of a watch, without waiting.</summary>
    /// <returns>False where there is none.</returns>
    /// <exception cref="XenException">The connection failed.</exception>
    bool TryTakeFired(out string path, out string token);
}
