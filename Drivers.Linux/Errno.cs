namespace NetStack.Drivers.Linux;

/// <summary>The error numbers the drivers tell apart, as Linux numbers them on every architecture .NET runs on.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int NoDeviceOrAddress = 6;
    public const int TooBig = 7;
    public const int BadDescriptor = 9;
    public const int TryAgain = 11;
    public const int NoMemory = 12;
    public const int AccessDenied = 13;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int NoDevice = 19;
    public const int IsFolder = 21;
    public const int Invalid = 22;
    public const int FileTooBig = 27;
    public const int NoSpace = 28;
    public const int ReadOnly = 30;
    public const int NoSystemCall = 38;
    public const int NotEmpty = 39;
    public const int DescriptorInBadState = 77;
    public const int IsConnected = 106;
    public const int TimedOut = 110;
}
