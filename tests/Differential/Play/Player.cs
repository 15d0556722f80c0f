using NetStack.IP;

namespace NetStack.Differential.Tests;

/// <summary>Plays a program into an implementation.</summary>
internal static class Player
{
    public static List<TraceStep> Play(DifferentialProgram program, IImplementation implementation, IpEndPoint own, IpEndPoint peer)
    {
        Peer other = new(program, own, peer);
        List<TraceStep> trace = [];
        long deliveredBytes = 0;
        foreach (ProgramEvent happening in program.Events)
        {
            string result = "";
            List<SentSegment> sent = [];
            switch (happening)
            {
                case CallEvent call:
                    result = implementation.Call(call);
                    break;
                case ArrivalEvent arrival:
                    implementation.Inject(other.Make(arrival));
                    break;
            }

            Take(implementation, other, sent);
            string error = implementation.TakeError();
            byte[] data = implementation.Read(out bool isAtEnd);
            Take(implementation, other, sent);
            bool isRight = true;
            for (int i = 0; i < data.Length; i++)
            {
                isRight &= data[i] == Peer.PayloadAt(other.StreamStart + deliveredBytes + i);
            }

            deliveredBytes += data.Length;
            trace.Add(new TraceStep
            {
                Result = result,
                Sent = sent,
                State = implementation.State,
                Error = error,
                DeliveredBytes = data.Length,
                IsDeliveredRight = isRight,
                IsAtEnd = isAtEnd,
            });
        }

        return trace;
    }

    private static void Take(IImplementation implementation, Peer peer, List<SentSegment> sent)
    {
        foreach (byte[] packet in implementation.TakeSent())
        {
            sent.Add(peer.Read(packet));
        }
    }
}
