namespace NetStack.Differential.Tests;

/// <summary>One thing that happens to the implementation.</summary>
internal abstract record ProgramEvent;
