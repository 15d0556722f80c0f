using NetStack.Core;

namespace NetStack.Tcp.Tests;

public class WindowValidationTests
{
    /// <summary>Both, as the rules are the same.</summary>
    public static TheoryData<string> Controllers => ["newreno", "cubic"];

    [Theory]
    [MemberData(nameof(Controllers))]
    [Trait("RFC", "7661 §4.3")]
    public void A_window_half_used_grows_and_one_used_less_does_not(string name)
    {
        ICongestionController controller = Make(name, out SenderModel sender);
        sender.Rounds(3);

        // The last full window is acknowledged in the first of these; then it is forgotten.
        sender.Rounds(20, bytes: 79_000);
        long window = controller.WindowBytes;
        Assert.InRange(window, 158_000, 160_000);
        sender.Rounds(20, bytes: 79_000);
        Assert.Equal(window, controller.WindowBytes);
        sender.Rounds(3, bytes: 82_000);

        Assert.True(controller.WindowBytes > window);
    }

    [Theory]
    [Trait("RFC", "7661 §4.1")]
    [InlineData(5, 10_000)]
    [InlineData(6, 12_000)]
    [InlineData(10, 20_000)]
    public void What_was_outstanding_at_once_counts_for_the_whole_round_trip(int segments, int window)
    {
        Machine machine = Flights.Flying(segments);
        Assert.Equal(10_000, machine.Connection.TakeSnapshot(machine.Now).CongestionWindowBytes);
        machine.PassMilliseconds(Flights.RoundTripMilliseconds);

        for (int i = 1; i <= segments; i++)
        {
            machine.Acknowledge(1 + (i * 1000));
        }

        Assert.Equal(window, machine.Connection.TakeSnapshot(machine.Now).CongestionWindowBytes);
    }

    [Fact]
    [Trait("RFC", "7661 §4.2")]
    public void What_was_used_within_the_last_second_counts_and_nothing_older()
    {
        WindowValidation validation = default;
        uint sequence = 0;
        Use(ref validation, 0, ref sequence, 100_000, 100_000);
        Use(ref validation, 100, ref sequence, 100_000, 100_000);
        Assert.True(validation.IsValidated);
        for (int at = 200; at <= 500; at += 100)
        {
            Use(ref validation, at, ref sequence, 10_000, 100_000);
            Assert.True(validation.IsValidated, $"{at} ms");
        }

        for (int at = 600; at <= 1200; at += 100)
        {
            Use(ref validation, at, ref sequence, 10_000, 100_000);
        }

        Assert.False(validation.IsValidated);
        Assert.Equal(10_000, validation.EnterRecovery(4_000, new Instant(1_200_000_000)));
        Assert.Equal(12_000, validation.EnterRecovery(12_000, new Instant(1_200_000_000)));
        Assert.Equal(4_000, validation.EnterRecovery(4_000, new Instant(9_000_000_000)));
    }

    [Fact]
    [Trait("RFC", "7661 §4.2")]
    public void On_a_long_path_three_round_trips_count()
    {
        WindowValidation validation = default;
        uint sequence = 0;
        Use(ref validation, 0, ref sequence, 100_000, 100_000, 2_000);
        Use(ref validation, 2_000, ref sequence, 100_000, 100_000, 2_000);
        Use(ref validation, 4_000, ref sequence, 10_000, 100_000, 2_000);
        Assert.True(validation.IsValidated);
        Use(ref validation, 6_000, ref sequence, 10_000, 100_000, 2_000);
        Use(ref validation, 9_000, ref sequence, 10_000, 100_000, 2_000);
        Assert.False(validation.IsValidated);
    }

    [Theory]
    [InlineData("newreno", 20_000, 10_000, 9_000)]
    [InlineData("cubic", 20_000, 14_000, 12_600)]
    [InlineData("newreno", 5_000, 9_500, 8_500)]
    [InlineData("cubic", 5_000, 13_300, 11_900)]
    [Trait("RFC", "7661 §4.4.1")]
    public void Congestion_of_a_window_not_validated_counts_what_was_in_use_less_what_was_lost(string name, long flight, long during, long after)
    {
        ICongestionController controller = Make(name, out SenderModel sender);
        sender.Rounds(3);
        sender.Rounds(30, bytes: 20_000);
        Assert.True(controller.WindowBytes > 100_000);

        // Max(pipeACK, LossFlightSize), where pipeACK is the 19 that are on their way as one of the 20 is acknowledged; then
        // less the two lost ones, halved. CUBIC takes 0.7 where the RFC halves.
        controller.EnterRecovery(flight, CongestionSignal.Loss, sender.Now);
        Assert.Equal(during, controller.WindowBytes);
        Lose(controller, 2_000);
        controller.LeaveRecovery(20_000, sender.Now);

        Assert.Equal(after, controller.WindowBytes);
    }

    [Theory]
    [MemberData(nameof(Controllers))]
    [Trait("RFC", "7661 §4.4.1")]
    public void After_recovery_nothing_is_measured_and_the_window_grows_again(string name)
    {
        ICongestionController controller = Make(name, out SenderModel sender);
        sender.Rounds(3);
        sender.Rounds(30, bytes: 20_000);
        sender.Lose(lostBytes: 1_000);
        long before = controller.WindowBytes;
        sender.Rounds(20);

        Assert.True(controller.WindowBytes > before + 1_000);
    }

    [Theory]
    [MemberData(nameof(Controllers))]
    [Trait("RFC", "7661 §4.4.3")]
    public void After_five_minutes_a_window_not_validated_is_halved_and_the_threshold_remembers_it(string name)
    {
        ICongestionController controller = Make(name, out SenderModel sender);
        sender.Rounds(4);
        sender.Lose();
        sender.Round(bytes: 5_000);
        long window = controller.WindowBytes;
        long threshold = controller.SlowStartThresholdBytes;
        sender.Rounds(2_980, bytes: 5_000);
        Assert.Equal(window, controller.WindowBytes);
        sender.Rounds(50, bytes: 5_000);

        Assert.Equal(window / 2, controller.WindowBytes);
        Assert.Equal(Math.Max(threshold, window * 3 / 4), controller.SlowStartThresholdBytes);
        sender.Rounds(3_000, bytes: 5_000);
        Assert.Equal(window / 4, controller.WindowBytes);
        sender.Rounds(12_000, bytes: 4_000);
        Assert.Equal(10_000, controller.WindowBytes);
    }

    [Theory]
    [MemberData(nameof(Controllers))]
    [Trait("RFC", "7661 §4.3")]
    public void Slow_start_is_not_held_up_by_measurements_that_are_a_round_trip_old(string name)
    {
        ICongestionController controller = Make(name, out SenderModel sender);
        sender.Rounds(7);

        Assert.Equal(1_280_000, controller.WindowBytes);
    }

    [Theory]
    [Trait("RFC", "7661 §4.2")]
    [InlineData(10, 20_000)]
    [InlineData(4, 10_000)]
    public void A_round_trip_that_one_acknowledgment_ends_is_followed_by_one_of_what_is_sent_then(int segments, int window)
    {
        Machine machine = Flights.Flying(segments);
        machine.PassMilliseconds(Flights.RoundTripMilliseconds);
        machine.Acknowledge(1 + (segments * 1000));
        machine.Send(20_000);
        machine.PassMilliseconds(Flights.RoundTripMilliseconds);

        for (int i = 1; i <= 3; i++)
        {
            Assert.Equal(window + ((i - 1) * 1000), machine.Connection.TakeSnapshot(machine.Now).CongestionWindowBytes);
            machine.Acknowledge(1 + ((segments + i) * 1000));
        }
    }

    /// <summary>A round trip ends: all is acknowledged, and as much is sent.</summary>
    private static void Use(ref WindowValidation validation, long milliseconds, ref uint sequence, uint bytes, int window, int roundTripMilliseconds = 100)
    {
        sequence += bytes;
        validation.Acknowledged(
            new CongestionSample
            {
                Now = new Instant(milliseconds * 1_000_000),
                AcknowledgedBytes = bytes,
                DeliveredBytes = bytes,
                LostBytes = 0,
                PriorFlightBytes = bytes,
                LargestFlightBytes = bytes,
                FlightBytes = 0,
                RoundTrip = Duration.FromMilliseconds(roundTripMilliseconds),
                SmoothedRoundTrip = Duration.FromMilliseconds(roundTripMilliseconds),
                MinimumRoundTrip = Duration.FromMilliseconds(roundTripMilliseconds),
                Acknowledgment = new SequenceNumber(sequence),
                SendNext = new SequenceNumber(sequence),
                Phase = RecoveryPhase.None,
                IsWindowLimited = false,
            },
            window);
    }

    private static void Lose(ICongestionController controller, long bytes) => controller.Acknowledged(new CongestionSample
    {
        Now = default,
        AcknowledgedBytes = 0,
        DeliveredBytes = 1_000,
        LostBytes = bytes,
        PriorFlightBytes = 15_000,
        LargestFlightBytes = 15_000,
        FlightBytes = 12_000,
        RoundTrip = Duration.Zero,
        SmoothedRoundTrip = Duration.FromMilliseconds(100),
        MinimumRoundTrip = Duration.FromMilliseconds(100),
        Acknowledgment = default,
        SendNext = default,
        Phase = RecoveryPhase.Loss,
        IsWindowLimited = false,
    });

    private static ICongestionController Make(string name, out SenderModel sender)
    {
        Assert.True(CongestionControl.TryFind(name, out Func<ulong, ICongestionController>? make));
        ICongestionController controller = make(1);
        Assert.Equal(name, controller.Name);
        sender = new SenderModel(controller);
        return controller;
    }
}
