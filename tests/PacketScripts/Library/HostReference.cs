namespace NetStack.PacketScripts;

/// <summary>What slot 0 of the table stands for: a stack, or none where the flags were wrong.</summary>
internal sealed record HostReference(ScriptedHost? Host);
