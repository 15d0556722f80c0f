namespace NetStack.Core;

/// <summary>What an <see cref="AgeList{T}"/> links. The links are the list's alone.</summary>
/// <typeparam name="T">The type that implements it.</typeparam>
public interface IAged<T>
    where T : class
{
    /// <summary>The one that came before; null for the oldest.</summary>
    T? Older { get; set; }

    /// <summary>The one that came after; null for the newest.</summary>
    T? Newer { get; set; }
}
