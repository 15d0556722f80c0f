namespace NetStack.PacketScripts;

/// <summary>socket(2).</summary>
internal static class SocketFactory
{
    private const int TypeMask = 0xF;

    public static long Open(ScriptedHost host, int domain, int type, int protocol)
    {
        int flags = type & ~TypeMask;
        if ((flags & ~(LinuxRequest.NonBlockingFlag | LinuxRequest.CloseOnExecFlag)) != 0)
        {
            return -LinuxError.Invalid;
        }

        // The IP layer knows IPv4 only, as yet.
        if (domain != LinuxFamily.Inet)
        {
            return -LinuxError.FamilyNotSupported;
        }

        Func<int, Descriptor>? make = (type & TypeMask, protocol) switch
        {
            (LinuxFamily.Stream, 0 or LinuxFamily.Tcp) => number => new StreamSocket(host, number, domain),
            (LinuxFamily.Datagram, 0 or LinuxFamily.Udp) => number => new DatagramSocket(host, number, domain),
            _ => null,
        };
        if (make is null)
        {
            return (type & TypeMask) is LinuxFamily.Stream or LinuxFamily.Datagram
                ? -LinuxError.ProtocolNotSupported
                : -LinuxError.SocketTypeNotSupported;
        }

        return host.Call(() =>
        {
            int number = host.Add(make);
            if (number >= 0 && (flags & LinuxRequest.NonBlockingFlag) != 0)
            {
                host.Find(number)!.IsNonBlocking = true;
            }

            return number;
        });
    }
}
