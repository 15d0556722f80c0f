using FsCheck;
using FsCheck.Fluent;

namespace NetStack.Core.Tests;

public class TimerWheelModelTests
{
    private const int Timers = 12;

    /// <summary>What a test does in one step. Spans are as often nanoseconds as years, and may be negative.</summary>
    internal enum Verb
    {
        Schedule,
        Cancel,
        Advance,
        AdvanceToNextDeadline,
        React,
    }

    private static Gen<Duration> Spans =>
        from bits in Gen.Choose(0, 56)
        from high in Gen.Choose(0, int.MaxValue)
        from low in Gen.Choose(0, int.MaxValue)
        from sign in Gen.Choose(0, 5)
        select new Duration((((long)high << 31 | (uint)low) & ((1L << bits) - 1)) * (sign == 0 ? -1 : 1));

    private static Gen<Step> Steps =>
        from verb in Gen.Frequency(
            (6, Gen.Constant(Verb.Schedule)),
            (2, Gen.Constant(Verb.Cancel)),
            (2, Gen.Constant(Verb.Advance)),
            (3, Gen.Constant(Verb.AdvanceToNextDeadline)),
            (2, Gen.Constant(Verb.React)))
        from number in Gen.Choose(0, Timers - 1)
        from other in Gen.Choose(0, Timers - 1)
        from budget in Gen.Choose(0, 20)
        from span in Spans
        select new Step(verb, number, other, budget, span);

    private static Arbitrary<Step[]> Scripts => Arb.From(
        Steps.ArrayOf().Resize(150),
        script => Enumerable.Range(0, script.Length).Select(i => script.Where((_, at) => at != i).ToArray()));

    [Fact]
    public void Wheel_does_what_a_sorted_list_does() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(400),
            Prop.ForAll(Scripts, script => new Run().Play(script)));

    internal sealed record Step(Verb Verb, int Number, int Other, int Budget, Duration Span);

    /// <summary>One wheel and one model through one script.</summary>
    private sealed class Run
    {
        private readonly List<(int Number, Instant Now)> _log = [];
        private readonly List<(int Number, Instant Now)> _modelLog = [];
        private readonly TimerWheel _wheel = new();
        private readonly TimerModel _model = new();
        private readonly RecordingTimer[] _timers;
        private readonly Step?[] _reactions = new Step?[Timers];
        private Instant _now;

        public Run()
        {
            _timers = [.. Enumerable.Range(0, Timers).Select(number => new RecordingTimer(number, _log))];
            foreach (RecordingTimer timer in _timers)
            {
                timer.Reaction = now =>
                {
                    if (_reactions[timer.Number] is { } step)
                    {
                        ReactOnWheel(step, now);
                    }
                };
            }
        }

        public void Play(Step[] script)
        {
            foreach (Step step in script)
            {
                switch (step.Verb)
                {
                    case Verb.Schedule:
                        _wheel.Schedule(_timers[step.Number], _now + step.Span);
                        _model.Schedule(step.Number, _now + step.Span);
                        break;
                    case Verb.Cancel:
                        Assert.Equal(_model.Cancel(step.Number), _wheel.Cancel(_timers[step.Number]));
                        break;
                    case Verb.React:
                        _reactions[step.Number] = step;
                        break;
                    case Verb.Advance:
                        // A fifth of them backwards.
                        Advance(_now + step.Span, step.Budget > 15 ? int.MaxValue : step.Budget);
                        break;
                    default:
                        AdvanceToNextDeadline();
                        break;
                }

                AssertAgreement();
            }
        }

        private void AdvanceToNextDeadline()
        {
            Instant next = _wheel.NextDeadline;
            if (next == Instant.Never)
            {
                return;
            }

            Instant to = Instant.Max(next, _now);
            int expired = Advance(to, int.MaxValue);
            Assert.True(_wheel.NextDeadline > to, "A loop that sleeps until the next deadline must not spin.");
            Assert.True(expired > 0 || _wheel.NextDeadline > next, "Each call makes progress.");
        }

        private int Advance(Instant now, int budget)
        {
            _now = Instant.Max(now, _now);
            int expired = _wheel.Advance(now, budget);
            int modelExpired = _model.Advance(now, budget, number =>
            {
                _modelLog.Add((number, now));
                if (_reactions[number] is { } step)
                {
                    ReactOnModel(step, now);
                }
            });
            Assert.Equal(modelExpired, expired);
            return expired;
        }

        private void ReactOnWheel(Step step, Instant now)
        {
            if (step.Budget < 6)
            {
                _wheel.Cancel(_timers[step.Other]);
            }
            else
            {
                _wheel.Schedule(_timers[step.Other], now + step.Span);
            }
        }

        private void ReactOnModel(Step step, Instant now)
        {
            if (step.Budget < 6)
            {
                _model.Cancel(step.Other);
            }
            else
            {
                _model.Schedule(step.Other, now + step.Span);
            }
        }

        private void AssertAgreement()
        {
            Assert.Equal(_modelLog, _log);
            Assert.Equal(_model.Count, _wheel.Count);
            foreach (RecordingTimer timer in _timers)
            {
                Assert.Equal(_model.DeadlineOf(timer.Number), timer.Deadline);
                Assert.Equal(timer.Deadline != Instant.Never, timer.IsScheduled);
            }

            if (_model.NextExpiry is not { } expiry)
            {
                Assert.Equal(Instant.Never, _wheel.NextDeadline);
            }
            else if (_model.HasExpired)
            {
                Assert.True(_wheel.NextDeadline <= _now);
            }
            else
            {
                Assert.True(_wheel.NextDeadline <= expiry);
            }
        }
    }
}
