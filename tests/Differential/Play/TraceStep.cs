using System.Globalization;
using System.Text;
using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>What an implementation made of one event.</summary>
internal sealed record TraceStep
{
    /// <summary>The result of a call: ok, or why not.</summary>
    public string Result { get; init; } = "";

    /// <summary>The segments it sent.</summary>
    public required IReadOnlyList<SentSegment> Sent { get; init; }

    /// <summary>The state afterwards.</summary>
    public required TcpState State { get; init; }

    /// <summary>The error the connection has met with in this step.</summary>
    public required string Error { get; init; }

    /// <summary>The bytes the application got.</summary>
    public required int DeliveredBytes { get; init; }

    /// <summary>Whether they were those that the peer sent.</summary>
    public required bool IsDeliveredRight { get; init; }

    /// <summary>Whether the application was told of the end of the stream.</summary>
    public required bool IsAtEnd { get; init; }

    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{State}");
        if (Result.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" call {Result}");
        }

        if (Error.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" error {Error}");
        }

        if (DeliveredBytes > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" delivered {DeliveredBytes}{(IsDeliveredRight ? "" : " WRONG BYTES")}");
        }

        if (IsAtEnd)
        {
            text.Append(" end");
        }

        foreach (SentSegment segment in Sent)
        {
            text.Append(CultureInfo.InvariantCulture, $" | {segment}");
        }

        return text.ToString();
    }
}
