namespace NetStack.Compare.Measuring;

/// <summary>Contenders that share a colour.</summary>
internal enum Family
{
    Kernel,
    Lwip,
    Gvisor,
    Kestrel,
    Ours,
    Pipes,
}
