using static NetStack.PacketScripts.Tests.Script;

namespace NetStack.PacketScripts.Tests;

public class TransferTests
{
    private const string Plain = "timestamps=0,sack=0,window_scale=off";

    [Fact]
    public void What_was_peeked_at_is_still_there()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        script.In("P. 1:101(100) ack 1 win 50000");
        script.Out(". 1:1(0) ack 101");
        byte[] buffer = new byte[60];

        Assert.Equal(60, script.Table.Receive(fd, buffer, LinuxMessage.Peek));
        Assert.Equal(60, script.Table.Receive(fd, buffer, LinuxMessage.Peek));
        Assert.Equal(60, script.Table.Read(fd, buffer));
        Assert.Equal(Payload(1, 60), buffer);
        Assert.Equal(40, script.Table.Receive(fd, buffer, 0));
        Assert.Equal(Payload(61, 40), buffer[..40]);
        script.Fails(LinuxError.Again, script.Table.Receive(fd, buffer, LinuxMessage.DoNotWait));
    }

    [Fact]
    public void Truncation_throws_the_bytes_of_a_stream_away()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        script.In("P. 1:101(100) ack 1 win 50000");
        byte[] buffer = new byte[60];

        Assert.Equal(60, script.Table.Receive(fd, buffer, LinuxMessage.Truncate));
        Assert.Equal(new byte[60], buffer);
        Assert.Equal(40, script.Table.Read(fd, buffer));
        Assert.Equal(Payload(61, 40), buffer[..40]);
    }

    [Fact]
    public void There_is_nothing_in_the_error_queue_and_no_urgent_data()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        script.In("P. 1:101(100) ack 1 win 50000");

        script.Fails(LinuxError.Again, script.Table.Receive(fd, new byte[1], LinuxMessage.ErrorQueue));
        script.Fails(LinuxError.Invalid, script.Table.Receive(fd, new byte[1], LinuxMessage.OutOfBand));
    }

    [Fact]
    [Trait("RFC", "6093 §2")]
    public void The_urgent_byte_is_read_by_itself_and_left_out_of_the_stream()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        script.In("P.U 1:11(10) ack 1 win 50000 urg 5");

        Assert.Equal(LinuxPoll.Readable | LinuxPoll.Priority | LinuxPoll.Writable, (uint)script.Poll(fd, -1));
        Assert.Equal(4, Ask(script, fd, LinuxRequest.InputQueue));
        byte[] buffer = new byte[20];
        Assert.Equal(1, script.Table.Receive(fd, buffer, LinuxMessage.OutOfBand));
        Assert.Equal(Payload(5, 1), buffer[..1]);
        script.Fails(LinuxError.Invalid, script.Table.Receive(fd, buffer, LinuxMessage.OutOfBand));
        Assert.Equal(4, script.Table.Read(fd, buffer));
        Assert.Equal(Payload(1, 4), buffer[..4]);
        Assert.Equal(1, Ask(script, fd, LinuxRequest.AtMark));
        Assert.Equal(5, script.Table.Read(fd, buffer));
        Assert.Equal(Payload(6, 5), buffer[..5]);
        Assert.Equal(0, Ask(script, fd, LinuxRequest.AtMark));
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.5")]
    public void Urgent_data_in_line_is_read_with_the_rest_and_what_we_send_is_marked()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelSocket, LinuxOption.OutOfBandInline, Number(1)));
        script.In("P.U 1:11(10) ack 1 win 50000 urg 5");
        script.Out(". 1:1(0) ack 11");
        Assert.Equal(10, script.Table.Read(fd, new byte[20]));

        Assert.Equal(8, script.Table.Send(fd, new byte[8], LinuxMessage.OutOfBand));
        script.Out("P.U 1:9(8) ack 11 urg 8");
    }

    [Fact]
    public void Vectors_are_filled_and_emptied_in_order()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        script.In("P. 1:101(100) ack 1 win 50000");
        script.Out(". 1:1(0) ack 101");
        byte[] first = new byte[30];
        byte[] second = new byte[50];

        Assert.Equal(80, script.Table.Vector(8, fd, first, second));
        Assert.Equal(Payload(1, 30), first);
        Assert.Equal(Payload(31, 50), second);
        Assert.Equal(80, script.Table.Vector(13, fd, first, second));
        script.Out("P. 1:81(80) ack 101");
        Assert.Equal([.. first, .. second], script.LastPayload);
    }

    [Fact]
    public void A_message_tells_what_is_left_where_the_socket_is_asked_to()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelTcp, LinuxOption.InQueue, Number(1)));
        script.In("P. 1:101(100) ack 1 win 50000");
        byte[] control = new byte[24];

        Assert.Equal(30, script.Table.Message(11, fd, new byte[30], 0, new byte[16], control, out int flags, out int controlBytes));
        Assert.Equal(0, flags);
        Assert.Equal(24, controlBytes);
        Assert.Equal(20, BitConverter.ToInt64(control));
        Assert.Equal(LinuxOption.LevelTcp, BitConverter.ToInt32(control, 8));
        Assert.Equal(LinuxOption.InQueue, BitConverter.ToInt32(control, 12));
        Assert.Equal(70, BitConverter.ToInt32(control, 16));
        script.In("F. 101:101(0) ack 1 win 50000");
        Assert.Equal(70, script.Table.Message(11, fd, new byte[90], 0, default, control, out _, out _));
        Assert.Equal(1, BitConverter.ToInt32(control, 16));
    }

    [Fact]
    public void A_message_is_sent_whole_and_a_streams_address_is_not_looked_at()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();

        Assert.Equal(20, script.Table.Message(16, fd, new byte[20], LinuxMessage.NoSignal, default, default, out _, out _));
        script.Out("P. 1:21(20) ack 1");
        script.In(". 1:1(0) ack 21 win 50000");
        Assert.Equal(5, script.Table.SendTo(fd, new byte[5], 0, Address(PeerAddress, 9)));
        script.Out("P. 21:26(5) ack 1");
        uint length = 16;
        script.In("P. 1:6(5) ack 26 win 50000");
        Assert.Equal(5, script.Table.ReceiveFrom(fd, new byte[9], 0, new byte[16], ref length));
        Assert.Equal(0u, length);
    }

    [Fact]
    public void Memory_that_is_nowhere_is_a_bad_address()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();

        script.Fails(LinuxError.BadAddress, script.Table.WriteNull(fd, 10));
        Assert.Equal(0, script.Table.WriteNull(fd, 0));
        script.In("P. 1:11(10) ack 1 win 50000");
        script.Out(". 1:1(0) ack 11");
        Assert.Equal(10, script.Table.Read(fd, new byte[10]));
    }

    [Fact]
    public void Queues_can_be_asked_for_their_length()
    {
        using Script script = new(Plain);
        int fd = script.Accepted(window: 1500);

        Assert.Equal(4000, script.Table.Write(fd, new byte[4000]));
        Assert.Equal(4000, Ask(script, fd, LinuxRequest.OutputQueue));
        Assert.Equal(3000, Ask(script, fd, LinuxRequest.OutputNotSent));
        script.In("P. 1:101(100) ack 1001 win 1000");
        Assert.Equal(100, Ask(script, fd, LinuxRequest.InputQueue));
        Assert.Equal(3000, Ask(script, fd, LinuxRequest.OutputQueue));
        Assert.Equal(2000, Ask(script, fd, LinuxRequest.OutputNotSent));
        Assert.Equal(0, Ask(script, fd, LinuxRequest.AtMark));
        int value = 0;
        script.Fails(LinuxError.Invalid, script.Table.DeviceControl(fd, 0x1234, ref value));
        script.Fails(LinuxError.Invalid, script.Table.DeviceControl(script.Table.Socket(Inet, Script.Datagram, 0), 0x1234, ref value));
    }

    [Fact]
    public void A_FIN_counts_in_the_output_queue_and_not_in_the_input_queue()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();

        script.In("F. 1:11(10) ack 1 win 50000");
        Assert.Equal(10, Ask(script, fd, LinuxRequest.InputQueue));
        Assert.Equal(10, script.Table.Read(fd, new byte[20]));
        Assert.Equal(0, Ask(script, fd, LinuxRequest.InputQueue));
        Assert.Equal(0, script.Table.Shutdown(fd, 1));
        Assert.Equal(1, Ask(script, fd, LinuxRequest.OutputQueue));
    }

    [Fact]
    public void A_full_send_buffer_takes_a_part_and_then_nothing_until_a_third_is_free()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelSocket, LinuxOption.SendBuffer, Number(5000)));

        Assert.Equal(10_000, script.Table.Send(fd, new byte[12_000], LinuxMessage.DoNotWait));
        script.Fails(LinuxError.Again, script.Table.Send(fd, new byte[1], LinuxMessage.DoNotWait));
        Assert.Equal(0u, (uint)script.Poll(fd, (short)LinuxPoll.Out));
        script.In(". 1:1(0) ack 3001 win 50000");
        Assert.Equal(0u, (uint)script.Poll(fd, (short)LinuxPoll.Out));
        script.In(". 1:1(0) ack 4001 win 50000");
        Assert.Equal(LinuxPoll.Out, (uint)script.Poll(fd, (short)LinuxPoll.Out));
        Assert.Equal(4000, script.Table.Send(fd, new byte[12_000], LinuxMessage.DoNotWait));
    }

    [Fact]
    public void A_socket_with_a_low_water_mark_of_what_is_not_sent_takes_no_more_than_that()
    {
        using Script script = new(Plain);
        int fd = script.Accepted(window: 1000);
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelTcp, LinuxOption.NotSentLowWater, Number(2000)));
        Assert.Equal(1000, script.Table.Write(fd, new byte[1000]));
        Assert.Equal(LinuxPoll.Out, (uint)script.Poll(fd, (short)LinuxPoll.Out));
        Assert.Equal(3000, script.Table.Send(fd, new byte[3000], LinuxMessage.DoNotWait));

        Assert.Equal(0u, (uint)script.Poll(fd, (short)LinuxPoll.Out));
        script.Fails(LinuxError.Again, script.Table.Send(fd, new byte[1], LinuxMessage.DoNotWait));
        script.In(". 1:1(0) ack 1001 win 3000");
        Assert.Equal(LinuxPoll.Out, (uint)script.Poll(fd, (short)LinuxPoll.Out));
    }

    [Fact]
    public void After_a_reset_what_had_arrived_is_read_then_the_error_then_the_end()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        script.In("P. 1:11(10) ack 1 win 50000");
        script.Out(". 1:1(0) ack 11");

        script.In("R. 11:11(0) ack 1");

        byte[] buffer = new byte[20];
        Assert.Equal(10, script.Table.Read(fd, buffer));
        script.Fails(LinuxError.ConnectionReset, script.Table.Read(fd, buffer));
        Assert.Equal(0, script.Table.Read(fd, buffer));
        script.Fails(LinuxError.BrokenPipe, script.Table.Write(fd, buffer));
    }

    [Fact]
    public void A_reset_after_the_peers_FIN_is_a_broken_pipe()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        script.In("F. 1:1(0) ack 1 win 50000");
        script.Out(". 1:1(0) ack 2");

        script.In("R. 2:2(0) ack 1");

        Assert.Equal(LinuxError.BrokenPipe, script.Option(fd, LinuxOption.LevelSocket, LinuxOption.Error));
    }

    [Fact]
    public void What_is_held_back_by_MSG_MORE_goes_with_what_follows()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();

        Assert.Equal(40, script.Table.Send(fd, new byte[40], LinuxMessage.More));
        script.At(20);
        Assert.Equal(60, script.Table.Send(fd, new byte[60], 0));
        script.Out("P. 1:101(100) ack 1");
    }

    [Fact]
    public void A_cork_holds_a_small_segment_until_it_is_drawn_or_NODELAY_pushes_by_it()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelTcp, LinuxOption.Cork, Number(1)));

        Assert.Equal(1040, script.Table.Write(fd, new byte[1040]));
        script.Out(". 1:1001(1000) ack 1");
        script.At(20);
        script.In(". 1:1(0) ack 1001 win 50000");
        script.At(40);
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelTcp, LinuxOption.Cork, Number(0)));
        script.Out("P. 1001:1041(40) ack 1");
        script.In(". 1:1(0) ack 1041 win 50000");

        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelTcp, LinuxOption.Cork, Number(1)));
        Assert.Equal(40, script.Table.Write(fd, new byte[40]));
        script.At(60);
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelTcp, LinuxOption.NoDelay, Number(1)));
        script.Out("P. 1041:1081(40) ack 1");
        Assert.Equal(1, script.Option(fd, LinuxOption.LevelTcp, LinuxOption.Cork));
    }

    private static int Ask(Script script, int fd, ulong request)
    {
        int value = -1;
        Assert.Equal(0, script.Table.DeviceControl(fd, request, ref value));
        return value;
    }

    private static byte[] Payload(uint start, int length) => [.. Enumerable.Range(0, length).Select(i => Segment.PayloadAt(start + (uint)i))];
}
