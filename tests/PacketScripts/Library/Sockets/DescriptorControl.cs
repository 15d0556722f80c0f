namespace NetStack.PacketScripts;

/// <summary>fcntl(2).</summary>
internal static class DescriptorControl
{
    public static long Apply(Descriptor descriptor, int command, int argument)
    {
        switch (command)
        {
            case LinuxRequest.GetStatusFlags:
                return LinuxRequest.ReadWrite | (descriptor.IsNonBlocking ? LinuxRequest.NonBlockingFlag : 0);
            case LinuxRequest.SetStatusFlags:
                descriptor.IsNonBlocking = (argument & LinuxRequest.NonBlockingFlag) != 0;
                return 0;
            case LinuxRequest.GetDescriptorFlags or LinuxRequest.SetDescriptorFlags:
                return HostCalls.ControlDescriptor(descriptor.Number, command, argument);
            default:
                return -LinuxError.Invalid;
        }
    }
}
