using NetStack.Core;
using NetStack.IP;

namespace NetStack.Dns;

/// <content>What is asked, of whom, and when a lookup is over.</content>
public sealed partial class StubResolver
{
    private static readonly DomainName Localhost = Known("localhost");
    private static readonly DomainName Invalid = Known("invalid");
    private static readonly IpAddress LoopbackV6 = new(0, 1);

    private static DomainName Known(string text) =>
        DomainName.TryParse(text, out DomainName? name) ? name : throw new FormatException(text);

    private bool TryNextHandle(out DnsLookupHandle handle)
    {
        bool hasRoom = _lookups.Count + _results.Count < _options.MaxLookups;
        handle = hasRoom ? new DnsLookupHandle(++_lastHandle) : default;
        return hasRoom;
    }

    private List<DomainName> Candidates(DomainName name, bool isFullyQualified)
    {
        // RFC 6761 §6.3: localhost names "always resolve to the respective IP loopback address", so no domain is
        // put behind them.
        if (isFullyQualified || name.IsAtOrBelow(Localhost))
        {
            return [name];
        }

        List<DomainName> candidates = [];
        for (int i = 0; i < Math.Min(_options.SearchDomains.Count, StubResolverOptions.MaxSearchDomains); i++)
        {
            if (name.TryAppend(_options.SearchDomains[i], out DomainName? candidate))
            {
                candidates.Add(candidate);
            }
        }

        candidates.Insert(name.LabelCount - 1 >= _options.MinimumDots ? 0 : candidates.Count, name);
        return candidates;
    }

    private void Begin(DnsLookupHandle handle, List<DomainName> candidates, DnsRecordType type, Instant now)
    {
        Lookup lookup = new()
        {
            Handle = handle,
            Type = type,
            Begin = now,
            Candidates = candidates,
            Name = candidates[0],
        };
        _lookups.Add(handle, lookup);
        Ask(lookup, now);
    }

    // Answers the name being asked for from what is known, or else queues a query for it.
    private void Ask(Lookup lookup, Instant now)
    {
        while (true)
        {
            if (TryAnswerSpecialName(lookup, now))
            {
                return;
            }

            if (_cache.TryFind(lookup.Name, lookup.Type, now, out DnsCacheEntry? known))
            {
                Counters.CacheHits++;
                List<DnsRecord> records = [];
                known.CopyTo(records, now);
                Conclude(lookup, known.Outcome, records, now);
                return;
            }

            if (lookup.Type == DnsRecordType.Any
                || !_cache.TryFind(lookup.Name, DnsRecordType.Cname, now, out known)
                || known.Records.Count == 0)
            {
                break;
            }

            Counters.CacheHits++;
            if (!TryFollow(lookup, known, now))
            {
                Conclude(lookup, DnsOutcome.TooManyAliases, [], now);
                return;
            }
        }

        if (_servers.Length == 0)
        {
            Conclude(lookup, DnsOutcome.NoServers, [], now);
            return;
        }

        lookup.TryCount = 0;
        lookup.SawFailure = false;
        lookup.FirstServer = _preferredServer;
        _toSend.Enqueue(lookup);
    }

    private static bool TryFollow(Lookup lookup, DnsCacheEntry alias, Instant now)
    {
        alias.CopyTo(lookup.Aliases, now);
        return lookup.Aliases.Count <= MaxAliases && TryStepTo(lookup, lookup.Aliases[^1]);
    }

    private static bool TryStepTo(Lookup lookup, DnsRecord alias)
    {
        if (!alias.TryGetTarget(out DomainName? target))
        {
            return false;
        }

        lookup.Name = target;
        return true;
    }

    // RFC 6761 §6.3: "Name resolution APIs SHOULD NOT send queries for localhost names to their configured caching DNS
    // server(s)"; §6.4 says the same of invalid names.
    private bool TryAnswerSpecialName(Lookup lookup, Instant now)
    {
        if (lookup.Name.IsAtOrBelow(Invalid))
        {
            Conclude(lookup, DnsOutcome.NameError, [], now);
            return true;
        }

        if (!lookup.Name.IsAtOrBelow(Localhost))
        {
            return false;
        }

        IpAddress? loopback = lookup.Type switch
        {
            DnsRecordType.A => IpAddress.LoopbackV4,
            DnsRecordType.Aaaa => LoopbackV6,
            _ => null,
        };
        if (loopback is { } address)
        {
            Conclude(lookup, DnsOutcome.Success, [DnsRecord.OfAddress(lookup.Name, 0, address)], now);
        }
        else
        {
            Conclude(lookup, DnsOutcome.NoData, [], now);
        }

        return true;
    }

    private DnsQuery BeginTry(Lookup lookup, Span<byte> buffer, Instant now)
    {
        int server = (lookup.FirstServer + lookup.TryCount) % _servers.Length;
        int round = lookup.TryCount / _servers.Length;
        lookup.TryCount++;
        lookup.ServerIndex = server;
        lookup.Token = new DnsTryToken(++_lastToken);
        lookup.Id = _entropy.NextUInt16();
        lookup.IsExtended = _options.UdpPayloadBytes > 0 && !_isPlain[server];
        lookup.Deadline = now + (_options.Timeout * (1L << Math.Min(round, 20)));
        _tries.Add(lookup.Token, lookup);
        Counters.Queries++;

        // MaxQueryBytes is the sum of what follows, so no write can fail.
        DnsMessageWriter writer = new(buffer, lookup.Id, DnsHeader.RecursionDesiredFlag);
        writer.TryWriteQuestion(lookup.Question);
        if (lookup.IsExtended)
        {
            writer.TryWriteExtension(_options.UdpPayloadBytes);
        }

        return new DnsQuery(lookup.Token, server, _servers[server], writer.LengthBytes);
    }

    private void EndTry(Lookup lookup)
    {
        if (_tries.Remove(lookup.Token))
        {
            _ended.Enqueue(lookup.Token);
        }

        lookup.Deadline = Instant.Never;
    }

    private void AskNextServer(Lookup lookup, Instant now)
    {
        EndTry(lookup);
        if (lookup.TryCount < _servers.Length * _options.AttemptsPerServer)
        {
            _toSend.Enqueue(lookup);
            return;
        }

        Conclude(lookup, lookup.SawFailure ? DnsOutcome.ServerFailure : DnsOutcome.TimedOut, [], now);
    }

    // Ends the lookup, or goes on with the next name of the search list.
    private void Conclude(Lookup lookup, DnsOutcome outcome, List<DnsRecord> records, Instant now)
    {
        EndTry(lookup);
        if (outcome is DnsOutcome.NameError or DnsOutcome.NoData)
        {
            if (outcome == DnsOutcome.NoData)
            {
                lookup.WithoutData ??= lookup.Candidates[lookup.CandidateIndex];
            }

            if (lookup.CandidateIndex + 1 < lookup.Candidates.Count)
            {
                lookup.Name = lookup.Candidates[++lookup.CandidateIndex];
                lookup.Aliases.Clear();
                Ask(lookup, now);
                return;
            }
        }

        bool isShadowed = outcome == DnsOutcome.NameError && lookup.WithoutData is not null;
        DomainName asked = isShadowed ? lookup.WithoutData! : lookup.Candidates[lookup.CandidateIndex];
        _results.Enqueue(new DnsResult(lookup.Handle, isShadowed ? DnsOutcome.NoData : outcome)
        {
            Question = new DnsQuestion(asked, lookup.Type),
            CanonicalName = isShadowed ? asked : lookup.Name,
            Records = isShadowed ? [] : [.. lookup.Aliases, .. records],
            ResponseCode = lookup.ResponseCode,
            ServerIndex = lookup.AnsweredBy,
            Elapsed = now - lookup.Begin,
        });
        _lookups.Remove(lookup.Handle);
        lookup.IsOver = true;
    }

    private void ConcludeLiteral(DnsLookupHandle handle, DnsQuestion question, IpAddress address)
    {
        DnsRecord record = DnsRecord.OfAddress(question.Name, 0, address);
        bool isWanted = record.Type == question.Type;
        _results.Enqueue(new DnsResult(handle, isWanted ? DnsOutcome.Success : DnsOutcome.NoData)
        {
            Question = question,
            CanonicalName = question.Name,
            Records = isWanted ? [record] : [],
        });
    }
}
