# shellcheck shell=bash
# Sourced by run: Xen, its tools and two kernels, out of Debian's packages. They are unpacked beside the images and never installed.

# Xen's release that the tools and the hypervisor must share.
readonly xen_release=4.17

# The programs of this machine that a run needs; where QEMU cannot be had there is no run.
install_tools() {
    install_missing qemu-system-x86_64=qemu-system-x86 /bin/busybox=busybox-static cpio=cpio xz=xz-utils lz4=lz4 \
        curl=curl tcpdump=tcpdump ethtool=ethtool nc=netcat-openbsd gcc=gcc strip=binutils /usr/include/stdio.h=libc6-dev \
        /usr/include/libxenvchan.h=libxen-dev \
        /usr/lib/x86_64-linux-gnu/libssl.so.3=libssl3
}

# The kernel's number in a package's name changes with its security updates.
kernel_package() {
    apt-cache depends "$1" | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

# A folder of archives of our own: the hooks of other runs of apt, in containers, empty the shared one.
download_packages() {
    mkdir -p "$xen/packages" && cd "$xen/packages" || return 1
    apt-get -q -o Dir::Cache::archives="$xen/packages" download "$@"
}

unpack_packages() {
    local package
    mkdir -p "$xen/unpacked"
    for package in "$xen"/packages/*.deb; do
        # linux-image's modules are needed, its documentation is not; dpkg -x knows no choice.
        dpkg -x "$package" "$xen/unpacked" || return 1
    done
}

# number FILE OFFSET SIZE: an integer at an offset of a kernel image.
number() {
    od -An -v -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# extract_kernel BZIMAGE ELF: the ELF file within a compressed kernel image, by the offsets of its setup header
# (Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length). Under emulation Xen would take long to unpack it.
extract_kernel() {
    local image=$1 elf=$2 setup_sectors offset length
    setup_sectors=$(number "$image" $((0x1f1)) 1)
    offset=$(number "$image" $((0x248)) 4)
    length=$(number "$image" $((0x24c)) 4)
    tail -c +$(((setup_sectors + 1) * 512 + offset + 1)) "$image" | head -c "$length" >"$elf.packed" || true
    # The payload's last four bytes are its unpacked size, which unpackers take for rubbish.
    case $(od -An -t x1 -N 4 "$elf.packed" | tr -d ' ') in
        fd377a58) xz -dc --single-stream <"$elf.packed" >"$elf" 2>/dev/null || true ;;
        02214c18) lz4 -dc <"$elf.packed" >"$elf" 2>/dev/null || true ;;
        *) complain "$image: an unknown compression"; return 1 ;;
    esac
    rm "$elf.packed"
    strip -s "$elf"
}

unpack_kernels() {
    local image name
    for image in "$xen"/unpacked/boot/vmlinuz-*; do
        name=dom0
        if [[ $image == *-cloud-* ]]; then
            name=guest
        fi
        extract_kernel "$image" "$xen/vmlinux-$name" || return 1
        basename "${image#*/vmlinuz-}" >"$xen/vmlinux-$name.release"
    done
    gunzip -c "$xen"/unpacked/boot/xen-"$xen_release"-amd64.gz >"$xen/xen.elf"
}

fetch_once() (
    set -e
    rm -rf "$xen/unpacked" "$xen/packages"
    apt-get update -q || true
    dom0_kernel=$(kernel_package linux-image-amd64)
    guest_kernel=$(kernel_package linux-image-cloud-amd64)
    [[ -n $dom0_kernel && -n $guest_kernel ]]
    # Xen is not installed: its package would make itself the system that this machine starts.
    download_packages "xen-hypervisor-$xen_release-amd64" "xen-utils-$xen_release" xenstore-utils "libxenmisc$xen_release" \
        libxencall1 libxendevicemodel1 libxenevtchn1 libxenforeignmemory1 libxengnttab1 libxenhypfs1 libxenstore4 \
        libxentoolcore1 libxentoollog1 libyajl2 "$dom0_kernel" "$guest_kernel"
    unpack_packages
    unpack_kernels
    rm -rf "$xen/packages"
    touch "$xen/fetched"
)

# fetch: everything below $xen, once.
fetch() {
    if [[ -e $xen/fetched ]]; then
        return 0
    fi
    run_quietly "$xen/fetch.log" fetch_once
}
