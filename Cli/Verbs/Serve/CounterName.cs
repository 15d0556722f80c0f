using System.Text;
using NetStack.Core;

namespace NetStack.Cli.Verbs.Serve;

/// <summary>The names that reports print for counters and reasons. Scripts may rely on them.</summary>
internal static class CounterName
{
    /// <summary>The name of a reason, such as <c>tcp-bad-checksum</c>, as <c>inspect</c> writes it.</summary>
    public static string Of(DropReason reason) => ToKebab(reason == DropReason.EtherTypeUnknown ? "EthertypeUnknown" : reason.ToString());

    /// <summary>The name of a counter, such as <c>framesReceived</c>.</summary>
    public static string Of(Counter counter)
    {
        string name = counter.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    private static string ToKebab(string name)
    {
        StringBuilder text = new(name.Length + 8);
        foreach (char letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}
