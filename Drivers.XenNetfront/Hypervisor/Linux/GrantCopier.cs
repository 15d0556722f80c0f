using Microsoft.Win32.SafeHandles;

namespace NetStack.Drivers.XenNetfront;

/// <summary>Xen's copies between pages of ours and pages that others granted, a batch a system call.</summary>
/// <remarks><c>xen/gntdev.h</c>: <c>struct gntdev_grant_copy_segment</c>, of two unions of 8 bytes, length, flags and status.</remarks>
internal static unsafe class GrantCopier
{
    private const int BatchSegments = 64;
    private const int SegmentBytes = 24;

    // grant_table.h: GNTCOPY_source_gref, GNTCOPY_dest_gref, GNTST_general_error.
    private const ushort SourceIsGranted = 1;
    private const ushort DestinationIsGranted = 2;
    private const short GeneralError = -1;

    public static void Copy(SafeFileHandle mapper, Span<GrantCopy> operations)
    {
        byte* segments = stackalloc byte[BatchSegments * SegmentBytes];
        ulong* request = stackalloc ulong[2];
        while (!operations.IsEmpty)
        {
            Span<GrantCopy> batch = operations[..Math.Min(operations.Length, BatchSegments)];
            for (int i = 0; i < batch.Length; i++)
            {
                Write(segments + (i * SegmentBytes), batch[i]);
            }

            request[0] = (ulong)batch.Length;
            request[1] = (ulong)segments;
            bool isDone = XenDeviceFile.Control(mapper, XenDeviceFile.CopyGrants, request) == 0;
            for (int i = 0; i < batch.Length; i++)
            {
                batch[i].Status = isDone ? *(short*)(segments + (i * SegmentBytes) + 20) : GeneralError;
            }

            operations = operations[batch.Length..];
        }
    }

    private static void Write(byte* segment, in GrantCopy operation)
    {
        byte* ours = operation.IsToOther ? segment : segment + 8;
        byte* theirs = operation.IsToOther ? segment + 8 : segment;
        *(byte**)ours = operation.Local;
        *(uint*)theirs = operation.Reference;
        *(ushort*)(theirs + 4) = operation.OffsetBytes;
        *(ushort*)(theirs + 6) = operation.Domain;
        *(ushort*)(segment + 16) = operation.LengthBytes;
        *(ushort*)(segment + 18) = operation.IsToOther ? DestinationIsGranted : SourceIsGranted;
        *(short*)(segment + 20) = 0;
    }
}
