using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class SnapshotTests
{
    [Fact]
    [Trait("RFC", "4898 §4")]
    public void A_snapshot_tells_what_is_on_its_way_lost_and_delivered()
    {
        Machine machine = Flights.Flying(10);
        machine.PassMilliseconds(100);

        machine.Acknowledge(1001, (2001, 5001));
        machine.Append(500);
        TcpSnapshot snapshot = machine.Connection.TakeSnapshot(machine.Now);

        Assert.Equal(TcpState.Established, snapshot.State);
        Assert.Equal(RecoveryPhase.Loss, snapshot.Phase);
        Assert.Equal("newreno", snapshot.CongestionControl);
        Assert.Equal((9_000, 3_000, 0), (snapshot.OutstandingBytes, snapshot.SelectivelyAcknowledgedBytes, snapshot.LostBytes));
        Assert.Equal((6_000, 500), (snapshot.FlightBytes, snapshot.UnsentBytes));
        Assert.Equal(4_000, snapshot.DeliveredBytes);
        Assert.Equal((11, 2, 1), (snapshot.SegmentsTransmitted - 1, snapshot.SegmentsReceived - 0, snapshot.SegmentsRetransmitted));
        Assert.Equal(Duration.FromMilliseconds(100), snapshot.RoundTrip);
        Assert.Equal(Duration.FromMilliseconds(100), snapshot.MinimumRoundTrip);
        Assert.Equal((Duration.Zero, Duration.Zero, 1), (snapshot.SinceTransmission, snapshot.SinceArrival, snapshot.RetransmittedUnderway));
        Assert.Equal(Duration.FromMilliseconds(100), snapshot.SinceTextArrival);
        Assert.Equal(1460, snapshot.OfferedSegmentBytes);
        Assert.Equal((1000, 1500, 60_000), (snapshot.SegmentBytes, snapshot.PathMtuBytes, snapshot.SendWindowBytes));
        Assert.Equal((-1, -1), (snapshot.SendScale, snapshot.ReceiveScale));
        Assert.True(snapshot.UsesSelectiveAcknowledgments);
        Assert.False(snapshot.UsesTimestamps || snapshot.UsesEcn || snapshot.IsReorderingSeen);
    }

    [Fact]
    [Trait("RFC", "4898 §4")]
    public void A_snapshot_tells_what_was_received_and_how_often_the_timer_has_expired()
    {
        Machine machine = Flights.Open();
        machine.Receive(Ack, 1, 1, 300);
        machine.Receive(Ack, 401, 1, 100);
        machine.Send(1000);
        machine.PassMilliseconds(1500);

        TcpSnapshot snapshot = machine.Connection.TakeSnapshot(machine.Now);

        Assert.Equal((300, 300, 100), (snapshot.ReceivedBytes, snapshot.UnreadBytes, snapshot.OutOfOrderBytes));
        Assert.Equal(RecoveryPhase.Timeout, snapshot.Phase);
        Assert.Equal(2, snapshot.Retries);
        Assert.Equal(Duration.FromMilliseconds(1200), snapshot.RetransmissionTimeout);
        Assert.Equal(1000, snapshot.OutstandingBytes);
    }
}
