namespace NetStack.Drivers.XenNetfront;

/// <summary>Outcomes of grant operations.</summary>
/// <remarks>Xen's <c>public/grant_table.h</c>, <c>GNTST_*</c>.</remarks>
internal static class GrantStatus
{
    public const short Okay = 0;
    public const short GeneralError = -1;
    public const short BadDomain = -2;
    public const short BadReference = -3;
    public const short BadCopyArgument = -10;
}
