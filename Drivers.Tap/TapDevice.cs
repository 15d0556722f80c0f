using Microsoft.Win32.SafeHandles;
using NetStack.Core;
using NetStack.Drivers.Linux;
using NetStack.Ethernet;

namespace NetStack.Drivers.Tap;

/// <summary>
/// A Linux TAP: a network interface of the kernel whose cable ends in this process. The kernel's end is an ordinary interface
/// (<c>ip address add 10.9.0.1/24 dev tap0</c>); what it sends, the stack receives.
/// </summary>
/// <remarks>
/// <para>The TAP is opened in the network namespace of the calling thread and stays usable from any other.</para>
/// <para>One loop uses the device and disposes it last, after its last turn. See <see cref="PollWaiter"/> for what holds
/// where the two race.</para>
/// </remarks>
public sealed class TapDevice : IEthernetDevice, IPollable
{
    private readonly TapQueue _queue;
    private readonly SafeFileHandle[] _handles;
    private readonly KernelInterface _interface;
    private PacketPool? _pool;

    private TapDevice(
        TapQueue queue, KernelInterface kernel, MacAddress address, int mtuBytes, DeviceOffloads offloads, string? hint)
    {
        _queue = queue;
        _handles = [queue.Handle];
        _interface = kernel;
        Address = address;
        Capabilities = new DeviceCapabilities(DeviceMedium.Ethernet, mtuBytes, offloads, TapQueue.MaximumBlocks);
        Hint = hint;
    }

    /// <summary>The name with the kind before it, such as <c>tap:tap0</c>.</summary>
    public string Name => "tap:" + _interface.Name;

    /// <summary>The name of the kernel's interface, such as <c>tap0</c>.</summary>
    public string InterfaceName => _interface.Name;

    /// <summary>The stack's station address, which is not the kernel's at the other end.</summary>
    public MacAddress Address { get; }

    /// <summary>The kernel's station address at the other end.</summary>
    /// <exception cref="TapException">The interface is gone.</exception>
    public MacAddress KernelAddress => _interface.Address;

    /// <inheritdoc/>
    public DeviceCapabilities Capabilities { get; }

    /// <summary>
    /// What was to be said to the user when the device was opened, such as that it is down and how to set it up; null where
    /// all is well. One line.
    /// </summary>
    public string? Hint { get; }

    /// <summary>Whether the kernel's interface is up. Asks the kernel. Frames sent while it is down are dropped and counted.</summary>
    public bool IsUp => _interface.IsUp;

    /// <summary>Why the device no longer works, once its interface has been deleted; null while it does.</summary>
    public TapException? Fault =>
        _queue.LostWithError == 0 ? null : TapFailure.Gone(_interface.Name, _queue.LostWithError);

    /// <inheritdoc/>
    SafeFileHandle[] IPollable.Handles => _handles;

    /// <inheritdoc/>
    bool IPollable.IsTransmitBlocked => _queue.IsTransmitBlocked;

    /// <summary>Opens a TAP, and creates it, until it is disposed, where no interface of that name exists.</summary>
    /// <param name="name">The interface's name, such as <c>tap0</c>.</param>
    /// <param name="options">How; the defaults where null.</param>
    /// <exception cref="TapException">It could not be opened: <see cref="TapException.Error"/> says why.</exception>
    public static TapDevice Open(string name, TapOptions? options = null) => OpenQueues(name, 1, options)[0];

    /// <summary>
    /// Opens a TAP with several queues, each a device for a loop of its own, all of one station. The kernel spreads flows over
    /// them and sends each to the queue by which it was answered last. With one queue this is <see cref="Open"/>.
    /// </summary>
    /// <param name="name">The interface's name, such as <c>tap0</c>. One that exists must have been made for several queues
    /// (<c>ip tuntap add dev tap0 mode tap multi_queue</c>), and is then opened with several only.</param>
    /// <param name="queues">How many, from 1 to <see cref="TapOptions.MaximumQueues"/>.</param>
    /// <param name="options">How; the defaults where null.</param>
    /// <returns>The queues. Each is disposed by itself.</returns>
    /// <exception cref="TapException">It could not be opened: <see cref="TapException.Error"/> says why.</exception>
    public static IReadOnlyList<TapDevice> OpenQueues(string name, int queues, TapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(queues);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(queues, TapOptions.MaximumQueues);
        options ??= new TapOptions();
        Validate(name, options);

        TapDevice[] opened = new TapDevice[queues];
        try
        {
            opened[0] = OpenFirst(name, isMultiQueue: queues > 1, options);
            for (int queue = 1; queue < queues; queue++)
            {
                opened[queue] = opened[0].OpenAnother(options);
            }

            return opened;
        }
        catch
        {
            foreach (TapDevice? queue in opened)
            {
                queue?.Dispose();
            }

            throw;
        }
    }

    /// <summary>Whether a text can name an interface.</summary>
    public static bool IsValidName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or >= InterfaceRequest.NameBytes || name is "." or "..")
        {
            return false;
        }

        foreach (char character in name)
        {
            // '%' would make the kernel number the interface: a name that is asked for is the name that is given.
            if (character is <= ' ' or '/' or ':' or '%' or > '~')
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Attach(PacketPool pool, Action wake) => _pool = pool;

    /// <inheritdoc/>
    public int Receive(Span<PacketBuffer> burst, Instant now) => _queue.Receive(burst, _pool!);

    /// <inheritdoc/>
    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now) => _queue.Transmit(burst, _pool!);

    /// <inheritdoc/>
    public void Reclaim()
    {
        // The kernel copies each frame in the call that writes it.
    }

    /// <inheritdoc/>
    public void ReleaseBuffers() => _queue.ReleaseBlocks();

    /// <inheritdoc/>
    public IDeviceWaiter CreateWaiter()
    {
        PollWaiter waiter = new();
        waiter.TryAdd(this);
        return waiter;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _queue.Dispose();
        _interface.Dispose();
    }

    private static TapDevice OpenFirst(string name, bool isMultiQueue, TapOptions options)
    {
        KernelInterface? kernel = null;
        SafeFileHandle? handle = null;
        try
        {
            kernel = new KernelInterface(name);
            bool isNew = !kernel.Exists;
            if (isMultiQueue && !isNew && kernel.IsTap && kernel.HasCarrier)
            {
                // The kernel would let two programs share the queues, and give each but a part of every conversation.
                throw TapFailure.OfAttach(name, Errno.Busy, isMultiQueue);
            }

            handle = TapDescriptor.Open(kernel, options.Offloads, isMultiQueue, out DeviceOffloads offloads);
            int mtuBytes = ChooseMtu(kernel, options, isNew, out int interfaceMtuBytes);
            MacAddress address = ChooseAddress(kernel, options);
            string? hint = SetUp(kernel, options);
            kernel.SettleLink();
            TapQueue queue = new(handle, interfaceMtuBytes, options.Offloads);
            return new TapDevice(queue, kernel, address, mtuBytes, offloads, hint);
        }
        catch
        {
            handle?.Dispose();
            kernel?.Dispose();
            throw;
        }
    }

    /// <summary>Opens one more queue of the same interface. Each has a control socket of its own, as each is disposed by itself.</summary>
    private TapDevice OpenAnother(TapOptions options)
    {
        KernelInterface? kernel = null;
        SafeFileHandle? handle = null;
        try
        {
            kernel = new KernelInterface(InterfaceName);
            handle = TapDescriptor.Open(kernel, options.Offloads, isMultiQueue: true, out DeviceOffloads offloads);
            TapQueue queue = new(handle, kernel.MtuBytes, options.Offloads);
            return new TapDevice(queue, kernel, Address, Capabilities.MtuBytes, offloads, hint: null);
        }
        catch
        {
            handle?.Dispose();
            kernel?.Dispose();
            throw;
        }
    }

    private static void Validate(string name, TapOptions options)
    {
        if (!IsValidName(name))
        {
            throw TapFailure.BadName(name);
        }

        if (!OperatingSystem.IsLinux())
        {
            throw TapFailure.NotLinux(name);
        }

        if (options.MtuBytes is { } mtuBytes and (< TapOptions.MinimumMtuBytes or > TapOptions.MaximumMtuBytes))
        {
            throw TapFailure.MtuOutOfRange(name, mtuBytes);
        }

        if (options.Address is { } address && (address.IsGroup || address.IsZero))
        {
            throw TapFailure.GroupAddress(name, address);
        }
    }

    private static int ChooseMtu(KernelInterface kernel, TapOptions options, bool isNew, out int interfaceMtuBytes)
    {
        interfaceMtuBytes = kernel.MtuBytes;
        if (options.MtuBytes is not { } wanted || wanted == interfaceMtuBytes)
        {
            return interfaceMtuBytes;
        }

        if (isNew && kernel.SetMtu(wanted) == 0)
        {
            interfaceMtuBytes = wanted;
        }

        return wanted <= interfaceMtuBytes ? wanted : throw TapFailure.MtuBeyondInterface(kernel.Name, wanted, interfaceMtuBytes);
    }

    private static MacAddress ChooseAddress(KernelInterface kernel, TapOptions options)
    {
        MacAddress taken = kernel.Address;
        if (options.Address is { } wanted)
        {
            return wanted != taken ? wanted : throw TapFailure.KernelAddress(kernel.Name, wanted);
        }

        ulong entropy = options.Entropy ?? (ulong)Random.Shared.NextInt64();
        MacAddress derived = DeriveAddress(kernel.Name, entropy);
        return derived != taken ? derived : DeriveAddress(kernel.Name, ~entropy);
    }

    /// <summary>FNV-1a over the entropy and the name, and a finishing mix: spread is wanted here, not secrecy.</summary>
    private static MacAddress DeriveAddress(string name, ulong entropy)
    {
        ulong hash = 0xCBF2_9CE4_8422_2325 ^ entropy;
        foreach (char character in name)
        {
            hash = (hash ^ character) * 0x0000_0100_0000_01B3;
        }

        hash = (hash ^ (hash >> 31)) * 0x9E37_79B9_7F4A_7C15;
        return MacAddress.MakeLocal(hash ^ (hash >> 29));
    }

    private static string? SetUp(KernelInterface kernel, TapOptions options)
    {
        if (kernel.IsUp)
        {
            return null;
        }

        if (!options.SetUp || kernel.HasAddress)
        {
            return TapFailure.DownHint(kernel.Name, isOurs: false);
        }

        return kernel.SetUp() == 0 ? null : TapFailure.DownHint(kernel.Name, isOurs: true);
    }
}
