using System.Buffers;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Testing;

/// <summary>
/// Writes every frame of a simulation as pcapng, one interface for each end of a link: outbound when it is sent, with a
/// comment where it goes no further or is damaged, inbound when it arrives.
/// </summary>
internal sealed class FrameRecorder
{
    private readonly PcapngWriter _writer;
    private readonly Dictionary<LinkEnd, int> _interfaces = [];

    public FrameRecorder(IBufferWriter<byte> sink) => _writer = new PcapngWriter(sink, "NetStack.Testing");

    public void Sent(LinkEnd end, ReadOnlySpan<byte> frame, FrameFate fate, Instant now) =>
        _writer.Write(InterfaceOf(end), now.Nanoseconds, CaptureDirection.Outbound, frame, comment: Comment(fate));

    public void Arrived(LinkEnd end, ReadOnlySpan<byte> frame, Instant now) =>
        _writer.Write(InterfaceOf(end), now.Nanoseconds, CaptureDirection.Inbound, frame);

    private static string? Comment(FrameFate fate) => fate switch
    {
        FrameFate.Arrives => null,
        FrameFate.Lost => "lost",
        FrameFate.Corrupted => "arrives corrupted",
        FrameFate.CorruptedLost => "corrupted and lost",
        FrameFate.QueueFull => "dropped, the queue is full",
        FrameFate.TooBig => "lost, larger than the MTU",
        FrameFate.Down => "lost, the link is down",
        _ => null,
    };

    private int InterfaceOf(LinkEnd end)
    {
        if (!_interfaces.TryGetValue(end, out int id))
        {
            CaptureLinkType type = end.Capabilities.Medium == DeviceMedium.Ethernet ? CaptureLinkType.Ethernet : CaptureLinkType.Raw;
            id = _writer.AddInterface(end.Name, type);
            _interfaces.Add(end, id);
        }

        return id;
    }
}
