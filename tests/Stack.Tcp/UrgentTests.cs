using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class UrgentTests
{
    private readonly Machine _machine = new Machine().Established();

    private TcpConnection Connection => _machine.Connection;

    [Fact]
    [Trait("RFC", "9293 §3.8.5, MUST-32, MUST-33")]
    public void The_owner_is_told_of_urgent_data_and_how_much_of_it_there_is()
    {
        _machine.Receive(Ack | Urg, 1, 1, 100, urgentPointer: 40);

        Assert.Equal(TcpEvents.Urgent | TcpEvents.Readable, Connection.TakeEvents());
        Assert.Equal(40, Connection.UrgentBytes);
        Assert.Equal(Enumerable.Range(1, 100).Select(PayloadAt), _machine.Read());
        Assert.Equal(0, Connection.UrgentBytes);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.5, MUST-32; 6093 §3.1")]
    public void Urgent_data_is_told_of_before_it_arrives()
    {
        _machine.Receive(Ack | Urg, 1, 1, 10, urgentPointer: 30);
        Assert.True((Connection.TakeEvents() & TcpEvents.Urgent) != 0);
        _machine.Read();
        Assert.Equal(20, Connection.UrgentBytes);

        _machine.Receive(Ack | Urg, 11, 1, 10, urgentPointer: 20);

        Assert.Equal(TcpEvents.Readable, Connection.TakeEvents());
        _machine.Read();
        Assert.Equal(10, Connection.UrgentBytes);
        _machine.Receive(Ack, 21, 1, 20);
        Assert.Equal(10, Connection.UrgentBytes);
        _machine.Read();
        Assert.Equal(0, Connection.UrgentBytes);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.5, MUST-32")]
    public void A_pointer_that_advances_is_told_again_and_one_that_recedes_is_not()
    {
        _machine.Receive(Ack | Urg, 1, 1, 10, urgentPointer: 10);
        Connection.TakeEvents();

        _machine.Receive(Ack | Urg, 11, 1, 10, urgentPointer: 5);
        Assert.True((Connection.TakeEvents() & TcpEvents.Urgent) != 0);
        Assert.Equal(15, Connection.UrgentBytes);
        _machine.Receive(Ack | Urg, 11, 1, 10, urgentPointer: 1);
        Assert.True((Connection.TakeEvents() & TcpEvents.Urgent) == 0);
        Assert.Equal(15, Connection.UrgentBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65_535)]
    [Trait("RFC", "9293 §3.8.5")]
    public void A_pointer_to_nowhere_does_no_harm(int pointer)
    {
        _machine.Receive(Ack | Urg, 1, 1, 10, urgentPointer: pointer);

        Assert.Equal(10, _machine.Read().Length);
        _machine.Receive(Ack | Fin, 11, 1);
        Assert.Equal(TcpState.CloseWait, Connection.State);
        Assert.True(Connection.IsReceiveFinished);
        _machine.Receive(Ack | Urg, 12, 1, urgentPointer: 7);
        Assert.Equal(TcpState.CloseWait, Connection.State);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.5")]
    public void A_pointer_without_the_URG_bit_means_nothing()
    {
        _machine.Receive(Ack, 1, 1, 10, urgentPointer: 5);

        Assert.Equal(0, Connection.UrgentBytes);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void An_old_segment_sent_again_does_not_bring_the_urgency_back()
    {
        _machine.Receive(Ack | Urg, 1, 1, 10, urgentPointer: 5);
        _machine.Read();
        Connection.TakeEvents();

        _machine.Receive(Ack | Urg, 1, 1, 20, urgentPointer: 5);

        Assert.Equal(TcpEvents.Readable, Connection.TakeEvents());
        Assert.Equal(0, Connection.UrgentBytes);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.1, MUST-66")]
    public void At_a_closed_window_the_URG_bit_counts()
    {
        Machine machine = new Machine(Plain with { ReceiveBufferBytes = 1000 }).Established();
        machine.Receive(Ack, 1, 1, 1000);
        machine.Connection.TakeEvents();

        machine.Receive(Ack | Urg, 1001, 1, 1, urgentPointer: 1);

        Assert.Equal(TcpEvents.Urgent, machine.Connection.TakeEvents());
        Assert.Equal(1001, machine.Connection.UrgentBytes);
        Assert.Equal(1000, machine.Connection.ReceivedBytes);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.5, MUST-62; 6093 §3.1")]
    public void The_pointer_sent_points_behind_the_urgent_data()
    {
        AppendUrgent(30);
        _machine.Turn();

        SentSegment sent = _machine.Expect(Ack | Psh | Urg, 1, 1, 30);
        Assert.Equal(30, sent.UrgentPointer);
        _machine.Receive(Ack, 1, 31);
        _machine.Send(5);
        Assert.Equal(0, _machine.Expect(Ack | Psh, 31, 1, 5).UrgentPointer);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.5")]
    public void Every_segment_up_to_the_end_of_the_urgent_data_tells_of_it_also_one_sent_again()
    {
        _machine.Append(1500);
        AppendUrgent(1);
        _machine.Append(1000);
        _machine.Turn();

        Assert.Equal(1501, _machine.Expect(Ack | Urg, 1, 1, 1000).UrgentPointer);
        Assert.Equal(501, _machine.Expect(Ack | Urg, 1001, 1, 1000).UrgentPointer);
        _machine.Expect(Ack | Psh, 2001, 1, 501);
        _machine.PassMilliseconds(1100);
        Assert.Equal(1501, _machine.Expect(Ack | Urg, 1, 1, 1000).UrgentPointer);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.5, MUST-31")]
    public void Urgent_data_may_be_of_any_length()
    {
        Machine machine = new Machine(Plain).Established(window: 1000);
        AppendUrgent(machine, 100_000);
        machine.Turn();

        Assert.Equal(65_535, machine.Expect(Ack | Urg, 1, 1, 1000).UrgentPointer);
        int sent = 1001;
        while (sent < 100_001)
        {
            machine.Receive(Ack, 1, sent, window: 1000);
            SentSegment segment = machine.Take();
            Assert.Equal(Math.Min(100_001 - sent, 65_535), segment.UrgentPointer);
            sent += segment.Payload.Length;
        }

        machine.Receive(Ack, 1, sent, 10);
        machine.PassMilliseconds(50);
        machine.Expect(Ack, sent, 11);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.1, §3.8.5")]
    public void A_closed_window_does_not_hold_the_pointer_back()
    {
        Machine machine = new Machine(Plain).Established(window: 0);

        AppendUrgent(machine, 10);
        machine.Turn();

        Assert.Equal(10, machine.Expect(Ack | Urg, 1, 1).UrgentPointer);
        machine.PassMilliseconds(1100);
        Assert.Equal(10, machine.Expect(Ack | Urg, 1, 1, 1).UrgentPointer);
    }

    [Fact]
    [Trait("RFC", "9293 §3.7.4")]
    public void Urgent_data_does_not_wait_for_Nagle()
    {
        _machine.Send(10);
        _machine.Expect(Ack | Psh, 1, 1, 10);
        _machine.Send(10);
        _machine.ExpectNothing();

        AppendUrgent(1);
        _machine.Turn();

        Assert.Equal(11, _machine.Expect(Ack | Psh | Urg, 11, 1, 11).UrgentPointer);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.2")]
    public void Data_queued_behind_the_urgent_data_is_not_urgent()
    {
        _machine.Append(30);
        Connection.MarkUrgent(10, _machine.Now);
        _machine.Turn();

        Assert.Equal(20, _machine.Expect(Ack | Psh | Urg, 1, 1, 30).UrgentPointer);
        Connection.MarkUrgent(30, _machine.Now);
        _machine.Turn();
        _machine.ExpectNothing();
    }

    private void AppendUrgent(int bytes) => AppendUrgent(_machine, bytes);

    private static void AppendUrgent(Machine machine, int bytes) =>
        machine.Connection.AppendUrgent(machine.Pool.TryLeaseCopy(new byte[bytes], 0)!, machine.Now);
}
