using System.Net.Sockets;

namespace NetStack.Sockets;

/// <content>Control codes.</content>
public sealed partial class Socket
{
    /// <summary>Asks for what a control code stands for: <see cref="IOControlCode.DataToRead"/>, the bytes that can be received at once,
    /// or <see cref="IOControlCode.OobDataRead"/>, 1 where the next receive begins at the out-of-band mark, else 0.</summary>
    /// <param name="ioControlCode">The code.</param>
    /// <param name="optionInValue">Not used.</param>
    /// <param name="optionOutValue">Takes the answer, an <see cref="int"/>.</param>
    /// <returns>The bytes of the answer: 4.</returns>
    /// <exception cref="SocketException">There is no room for the answer.</exception>
    /// <exception cref="InvalidOperationException">The code is <see cref="IOControlCode.NonBlockingIO"/>, for which there is <see cref="Blocking"/>.</exception>
    /// <exception cref="PlatformNotSupportedException">The stack knows no such code.</exception>
    public int IOControl(IOControlCode ioControlCode, byte[]? optionInValue, byte[]? optionOutValue) =>
        IOControl(unchecked((int)ioControlCode), optionInValue, optionOutValue);

    /// <inheritdoc cref="IOControl(IOControlCode, byte[], byte[])"/>
    public int IOControl(int ioControlCode, byte[]? optionInValue, byte[]? optionOutValue)
    {
        ThrowIfDisposed();
        switch ((IOControlCode)unchecked((uint)ioControlCode))
        {
            case IOControlCode.NonBlockingIO:
                throw new InvalidOperationException("The Blocking property says whether a socket blocks.");
            case IOControlCode.DataToRead:
                return Answer(Available, optionOutValue);
            case IOControlCode.OobDataRead:
                return Answer(_tcp is { IsAtMark: true } ? 1 : 0, optionOutValue);
            default:
                throw new PlatformNotSupportedException("The stack does not know this control code.");
        }
    }

    private static int Answer(int value, byte[]? destination) =>
        destination is not null && BitConverter.TryWriteBytes(destination, value) ? sizeof(int) : throw Failure(SocketError.Fault);
}
