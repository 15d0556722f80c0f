namespace NetStack.Tests;

/// <summary>
/// Tests that measure the heap, of the process or of a thread: they run alone. A collection that another thread causes
/// charges every thread with what is left of its allocation block.
/// </summary>
[CollectionDefinition(nameof(HeapMeasurement), DisableParallelization = true)]
public sealed class HeapMeasurement;
