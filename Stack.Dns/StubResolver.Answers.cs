using NetStack.Core;

namespace NetStack.Dns;

/// <content>What an answer must match, and what is made of it.</content>
public sealed partial class StubResolver
{
    // RFC 5452 §9.1: "A resolver implementation MUST match responses to all of the following attributes of the query":
    // addresses and ports, which Receive checks, then the id and the question.
    private static DnsAnswerVerdict Match(Lookup lookup, ReadOnlySpan<byte> message, out DnsMessageReader reader)
    {
        if (!DnsMessageReader.TryParse(message, out reader))
        {
            return DnsAnswerVerdict.Unreadable;
        }

        DnsHeader header = reader.Header;
        if (header.Id != lookup.Id)
        {
            return DnsAnswerVerdict.WrongId;
        }

        if (!header.IsResponse)
        {
            return DnsAnswerVerdict.NotAResponse;
        }

        if (header.OpCode != DnsOpCode.Query)
        {
            return DnsAnswerVerdict.WrongOpCode;
        }

        if (header.QuestionCount == 0 && MayLackQuestion(header.ResponseCode))
        {
            return DnsAnswerVerdict.Accepted;
        }

        if (header.QuestionCount != 1)
        {
            return DnsAnswerVerdict.WrongQuestion;
        }

        if (!reader.TryReadQuestion(out DnsQuestion question))
        {
            return DnsAnswerVerdict.Unreadable;
        }

        return question == lookup.Question ? DnsAnswerVerdict.Accepted : DnsAnswerVerdict.WrongQuestion;
    }

    // A server that could not read the question cannot repeat it. Such an answer gives no data: it only makes the
    // resolver ask once more.
    private static bool MayLackQuestion(DnsResponseCode code) =>
        code is DnsResponseCode.FormatError or DnsResponseCode.ServerFailure
            or DnsResponseCode.NotImplemented or DnsResponseCode.Refused;

    private DnsAnswerVerdict Take(Lookup lookup, ref DnsMessageReader reader, Instant now)
    {
        DnsHeader header = reader.Header;
        lookup.AnsweredBy = lookup.ServerIndex;
        lookup.ResponseCode = header.ResponseCode;

        // RFC 6891 §7: a server without EDNS answers FORMERR to it, or NOTIMP. From then on it is asked without; this
        // question once more at once, which happens only once, since that try is not extended.
        if (lookup.IsExtended && header.ResponseCode is DnsResponseCode.FormatError or DnsResponseCode.NotImplemented)
        {
            _isPlain[lookup.ServerIndex] = true;
            lookup.TryCount--;
            AskNextServer(lookup, now);
            return DnsAnswerVerdict.Accepted;
        }

        if (header.ResponseCode is not (DnsResponseCode.NoError or DnsResponseCode.NameError))
        {
            Refuse(lookup, now);
            return DnsAnswerVerdict.Accepted;
        }

        // RFC 2181 §9: "When a DNS client receives a reply with TC set, it should ignore that response, and query
        // again, using a mechanism, such as a TCP connection, that will permit larger replies."
        if (header.IsTruncated)
        {
            Conclude(lookup, DnsOutcome.NeedsTcp, [], now);
            return DnsAnswerVerdict.Accepted;
        }

        if (!AnswerSections.TryRead(ref reader, out AnswerSections? sections))
        {
            Refuse(lookup, now);
            return DnsAnswerVerdict.Malformed;
        }

        lookup.ResponseCode = sections.ResponseCode(header);
        if (lookup.ResponseCode is not (DnsResponseCode.NoError or DnsResponseCode.NameError))
        {
            Refuse(lookup, now);
            return DnsAnswerVerdict.Accepted;
        }

        Take(lookup, sections, now);
        return DnsAnswerVerdict.Accepted;
    }

    private void Refuse(Lookup lookup, Instant now)
    {
        Counters.ServerFailures++;
        lookup.SawFailure = true;
        AskNextServer(lookup, now);
    }

    private void Take(Lookup lookup, AnswerSections sections, Instant now)
    {
        DomainName asked = lookup.Name;
        List<DnsRecord> found = sections.Find(lookup.Name, lookup.Type);
        while (found.Count == 0 && sections.Find(lookup.Name, DnsRecordType.Cname) is [DnsRecord alias, ..])
        {
            // RFC 1034 §3.6.2: "CNAME chains should be followed and CNAME loops signalled as an error."
            lookup.Aliases.Add(alias);
            if (lookup.Aliases.Count > MaxAliases || !TryStepTo(lookup, alias))
            {
                Conclude(lookup, DnsOutcome.TooManyAliases, [], now);
                return;
            }

            _cache.Keep(alias.Name, DnsRecordType.Cname, [alias], now);
            found = sections.Find(lookup.Name, lookup.Type);
        }

        if (found.Count > 0)
        {
            _preferredServer = lookup.ServerIndex;
            if (lookup.Type != DnsRecordType.Any)
            {
                _cache.Keep(lookup.Name, lookup.Type, found, now);
            }

            Conclude(lookup, DnsOutcome.Success, found, now);
            return;
        }

        TakeWithoutRecords(lookup, sections, lookup.Name != asked, now);
    }

    private void TakeWithoutRecords(Lookup lookup, AnswerSections sections, bool wasAlias, Instant now)
    {
        DnsRecord? authority = sections.FindAuthorityOver(lookup.Name);

        // RFC 6604 §3: the response code speaks of the last name of a chain of aliases.
        bool isNameError = lookup.ResponseCode == DnsResponseCode.NameError;
        if (!isNameError && authority is null)
        {
            if (wasAlias)
            {
                EndTry(lookup);
                Ask(lookup, now);
                return;
            }

            // RFC 2308 §2.2: without an SOA record, but with NS records, this is no denial but a referral, which a
            // server that recurses does not give.
            if (sections.HasReferral)
            {
                Refuse(lookup, now);
                return;
            }
        }

        _preferredServer = lookup.ServerIndex;
        DnsOutcome outcome = isNameError ? DnsOutcome.NameError : DnsOutcome.NoData;
        if (authority is not null)
        {
            _cache.KeepDenial(lookup.Name, lookup.Type, outcome, authority, now);
        }

        Conclude(lookup, outcome, [], now);
    }
}
