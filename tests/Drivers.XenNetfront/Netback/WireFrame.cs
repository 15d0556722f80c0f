using NetStack.Core;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>A frame that a twin sent out, with its offload facts.</summary>
internal sealed record WireFrame(byte[] Bytes, ChecksumState Checksum, GsoType Gso, ushort GsoSizeBytes, int ChecksumAt);
