namespace NetStack.Compare.World;

/// <summary>Something that ends one measurement, or all; its message is a line for the user.</summary>
internal sealed class ComparisonException(string message) : Exception(message);
