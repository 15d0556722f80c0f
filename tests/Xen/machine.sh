# shellcheck shell=bash
# Sourced by run: QEMU with Xen and dom0 in it, and commands to dom0.

qemu=

# The processor that QEMU's emulation runs Xen on: without what it does wrong (SMAP on Xen's way back from interrupts, RDTSCP and
# the state of XSAVE within nested virtualisation).
readonly processor=max,-smap,-smep,-rdtscp,-xsave,-avx,-avx2,-fma,-f16c,-pku

# start_qemu PORT: dom0 listens to commands behind the port. Frames of the host's programs go through two sockets of datagrams.
start_qemu() {
    rm -f "$run"/*.sock
    qemu-system-x86_64 -accel tcg,thread=multi -cpu "$processor" -smp 2 -m "$machine_memory" -machine pc -nodefaults -display none -no-reboot \
        -chardev "socket,id=serial,path=$run/serial.sock,server=on,wait=off,logfile=$run/serial.log" -serial chardev:serial \
        -netdev "user,id=commands,restrict=on,hostfwd=tcp:127.0.0.1:$1-10.0.2.15:5000" -device e1000,netdev=commands,romfile= \
        -netdev "dgram,id=frames,local.type=unix,local.path=$run/qemu.sock,remote.type=unix,remote.path=$run/host.sock" \
        -device e1000,netdev=frames,romfile= \
        -kernel "$xen/xen.elf" \
        -append "console=com1 com1=115200,8n1 dom0_mem=${dom0_memory}M,max:${dom0_memory}M dom0_max_vcpus=1 noreboot spec-ctrl=no xpti=off pv-l1tf=off watchdog=off loglvl=all guest_loglvl=all console_timestamps=boot gnttab_max_frames=256" \
        -initrd "$xen/vmlinux-dom0 console=hvc0 mitigations=off quiet nokaslr,$xen/dom0.cpio" \
        </dev/null >"$run/qemu.log" 2>&1 &
    qemu=$!
}

# start_machine: returns when dom0 answers.
start_machine() {
    local deadline=$((SECONDS + boot_limit))
    mkdir -p "$run"
    : >"$run/serial.log"
    port=$((20000 + RANDOM % 10000))
    start_qemu "$port"
    until grep -q "dom0 is ready" "$run/serial.log"; do
        if ! kill -0 "$qemu" 2>/dev/null; then
            complain "QEMU has ended:"
            cat "$run/qemu.log" >&2
            tail -n 40 "$run/serial.log" >&2
            return 1
        fi
        if ((SECONDS > deadline)); then
            complain "dom0 was not there after $boot_limit s:"
            tail -n 40 "$run/serial.log" >&2
            return 1
        fi
        sleep 0.2
    done
    echo "$port" >"$run/port"
    dom0 true
}

stop_machine() {
    if [[ -n $qemu ]]; then
        kill "$qemu" 2>/dev/null || true
        wait "$qemu" 2>/dev/null || true
        qemu=
    fi
}

# dom0 SCRIPT: runs it in dom0 and prints what it printed; the status is that of the script. At most $command_limit seconds.
dom0() {
    local answer status
    answer=$(printf 'run\n%s\n' "$1" | timeout "$command_limit" nc -N 127.0.0.1 "$port") || true
    status=${answer##*$'\nstatus '}
    if [[ ! $status =~ ^[0-9]+$ ]]; then
        printf '%s\n' "$answer"
        echo "dom0 did not answer within $command_limit s to: $1" >&2
        return 124
    fi
    answer=${answer%$'\nstatus '*}
    [[ -z $answer ]] || printf '%s\n' "${answer%$'\n'}"
    return "$status"
}

# put FILE PATH: copies a file, "-" for standard input, to dom0.
put() {
    local answer
    answer=$({ printf 'put %s\n' "$2"; cat "$1"; } | timeout "$command_limit" nc -N 127.0.0.1 "$port")
    [[ $answer == "status 0" ]]
}
