using System.Text.Json;
using System.Text.Json.Serialization;
using NetStack.Cli.Verbs.Bench;
using NetStack.Cli.Verbs.Doctor;
using NetStack.Cli.Verbs.Get;
using NetStack.Cli.Verbs.Ping;
using NetStack.Cli.Verbs.Resolve;
using NetStack.Cli.Verbs.Serve;
using NetStack.Drivers.Pcap;
using NetStack.Drivers.Pcap.Inspection;

namespace NetStack.Cli;

/// <summary>How reports become JSON, made at build time: no reflection, so that the native build has it too.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(StackReport))]
[JsonSerializable(typeof(ReadyReport))]
[JsonSerializable(typeof(PingReplyReport))]
[JsonSerializable(typeof(PingSummaryReport))]
[JsonSerializable(typeof(GetReport))]
[JsonSerializable(typeof(ResolveReport))]
[JsonSerializable(typeof(CaptureInspection))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(BenchReport))]
internal sealed partial class CliJson : JsonSerializerContext;
