using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>A TCP under test with the socket calls of one application: one listener and one connection.</summary>
internal interface IImplementation : IDisposable
{
    /// <summary>Makes a call.</summary>
    /// <returns>"ok", or why it failed.</returns>
    string Call(CallEvent call);

    /// <summary>A packet arrives from the peer.</summary>
    void Inject(byte[] packet);

    /// <summary>Lets everything happen that happens now, and takes the packets that were sent.</summary>
    IReadOnlyList<byte[]> TakeSent();

    /// <summary>The state of the connection between the two end points.</summary>
    TcpState State { get; }

    /// <summary>The error the connection has met with since the last call; empty where none.</summary>
    string TakeError();

    /// <summary>Reads all there is.</summary>
    /// <param name="isAtEnd">Whether the peer will send nothing more.</param>
    byte[] Read(out bool isAtEnd);
}
