namespace NetStack.Dns;

/// <summary>What is asked: the records of one type and class at one name.</summary>
/// <param name="Name">The name asked for.</param>
/// <param name="Type">The type asked for.</param>
/// <param name="Class">The class asked for.</param>
/// <remarks>RFC 1035 §4.1.2. Two questions are equal whatever the case of their letters.</remarks>
public readonly record struct DnsQuestion(DomainName Name, DnsRecordType Type, DnsClass Class = DnsClass.Internet)
{
    /// <summary>The question as query tools print it.</summary>
    public override string ToString() => $"{Name} {DnsMnemonic.Of(Class)} {DnsMnemonic.Of(Type)}";
}
