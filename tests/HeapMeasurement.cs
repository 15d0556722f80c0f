namespace NetStack.Testing.Tests;

/// <summary>Tests that measure the heap of the process: they run alone.</summary>
[CollectionDefinition(nameof(HeapMeasurement), DisableParallelization = true)]
public sealed class HeapMeasurement;
