# shellcheck shell=bash
# Sourced by run: the initial file systems of dom0 and of a guest.

# copy_program FOLDER PROGRAM...: programs with the libraries that ldd names, at the same paths below FOLDER.
copy_program() {
    local folder=$1 program library
    shift
    for program in "$@"; do
        mkdir -p "$folder/usr/bin"
        cp -L "$program" "$folder/usr/bin/"
        while read -r library; do
            if [[ ! -e $folder/lib/x86_64-linux-gnu/${library##*/} ]]; then
                cp -L "$library" "$folder/lib/x86_64-linux-gnu/"
            fi
        done < <(libraries "$program")
    done
}

# Those of Xen are beside the images, the others this machine's.
libraries() {
    LD_LIBRARY_PATH="$xen_libraries" ldd "$1" 2>/dev/null | sed -n 's|.*[ \t]\(/[^ ]*\) (0x.*|\1|p'
}

# start_root FOLDER: busybox, a loader, and what every program is bound to find.
start_root() {
    local folder=$1
    rm -rf "$folder"
    mkdir -p "$folder"/{bin,sbin,etc,proc,sys,dev,modules,usr/bin,usr/sbin,lib/x86_64-linux-gnu,lib64}
    cp /bin/busybox "$folder/bin/busybox"
    local applet
    for applet in $(/bin/busybox --list); do
        [[ $applet == busybox ]] || ln -s /bin/busybox "$folder/bin/$applet"
    done
    cp -L /lib64/ld-linux-x86-64.so.2 "$folder/lib64/"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$folder/etc/passwd"
}

# copy_modules FOLDER RELEASE NAME...
copy_modules() {
    local folder=$1 release=$2 name
    shift 2
    for name in "$@"; do
        find "$xen/unpacked/lib/modules/$release/kernel" -name "$name.ko" -exec cp {} "$folder/modules/" \;
    done
}

# pack FOLDER ARCHIVE. As it is: to unpack it under emulation takes longer than to read it.
pack() {
    (cd "$1" && find . | cpio -o -H newc -R 0:0 --quiet) >"$2"
}

# build_programs: the C programs of ./programs, without libraries, for dom0 and for this machine.
build_programs() {
    local source
    mkdir -p "$xen/programs"
    for source in "$here"/programs/*.c; do
        gcc -O2 -Wall -Wextra -Werror -static -o "$xen/programs/$(basename "$source" .c)" "$source" || return 1
    done
    gcc -O2 -Wall -Wextra -Werror -static -o "$xen/programs/libvchan-peer" "$here/Vchan/libvchan-peer.c" \
        -lxenvchan -lxenstore -lxengnttab -lxenevtchn -lxentoollog -lxentoolcore
}

# make_guest_image: the guests' file system without their options, which dom0 appends.
make_guest_image() {
    local folder="$xen/guest-root"
    start_root "$folder"
    copy_modules "$folder" "$(<"$xen/vmlinux-guest.release")" xen-evtchn xen-gntalloc xen-gntdev xen-privcmd xenfs \
        xen-netfront llc stp bridge tun
    copy_program "$folder" "$xen/unpacked/usr/bin/xenstore"
    local verb
    for verb in read write watch ls; do
        ln -s xenstore "$folder/usr/bin/xenstore-$verb"
    done
    if [[ -n $binary ]]; then
        copy_program "$folder" "$binary"
        [[ ${binary##*/} == netstack ]] || mv "$folder/usr/bin/${binary##*/}" "$folder/usr/bin/netstack"
        # What .NET loads by name when a program uses TLS.
        cp -L /usr/lib/x86_64-linux-gnu/lib{ssl,crypto}.so.3 "$folder/lib/x86_64-linux-gnu/"
    fi
    copy_program "$folder" "$xen/programs/libvchan-peer"
    if [[ -n $vchan ]]; then
        copy_program "$folder" "$vchan"
    fi
    install -m 755 "$here/image/guest-init" "$folder/init"
    install -m 755 "$here/image/guest-program" "$folder/sbin/program"
    pack "$folder" "$xen/guest.cpio"
}

make_dom0_image() {
    local folder="$xen/dom0-root" tools="$xen/unpacked/usr/lib/xen-$xen_release/bin" verb
    start_root "$folder"
    copy_modules "$folder" "$(<"$xen/vmlinux-dom0.release")" \
        xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs llc stp bridge pktgen e1000 xen-netback
    copy_program "$folder" "$tools"/{xl,xenstored,xenconsoled,xenconsole,xen-init-dom0,libxl-save-helper,vchan-socket-proxy,lsevtchn} \
        "$xen/unpacked/usr/bin/xenstore" /usr/bin/{curl,tcpdump} "$(command -v ethtool)" "$xen"/programs/*
    if [[ -n $vchan ]]; then
        copy_program "$folder" "$vchan"
    fi
    # xl looks for its own programs where the package has them; pthread_cancel loads libgcc_s when it is called.
    mkdir -p "$folder/usr/lib/xen-$xen_release" "$folder/etc/xen/scripts" "$folder/guest"
    ln -s /usr/bin "$folder/usr/lib/xen-$xen_release/bin"
    : >"$folder/etc/xen/xl.conf"
    cp -L /lib/x86_64-linux-gnu/libgcc_s.so.1 "$folder/lib/x86_64-linux-gnu/"
    for verb in read write ls list rm watch exists chmod; do
        ln -sf xenstore "$folder/usr/bin/xenstore-$verb"
    done
    install -m 755 "$here/image/dom0-init" "$folder/init"
    install -m 755 "$here/image/dom0-answer" "$folder/sbin/answer"
    install -m 755 "$here/image/dom0-vif" "$folder/etc/xen/scripts/vif-mini"
    install -m 644 "$here/image/dom0-commands" "$folder/etc/commands"
    cp "$xen/vmlinux-guest" "$xen/guest.cpio" "$folder/guest/"
    pack "$folder" "$xen/dom0.cpio"
}

make_images() {
    xen_libraries=$xen/unpacked/usr/lib/xen-$xen_release/lib/x86_64-linux-gnu:$xen/unpacked/usr/lib/x86_64-linux-gnu
    build_programs && make_guest_image && make_dom0_image
}
