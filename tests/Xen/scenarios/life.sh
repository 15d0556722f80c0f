# shellcheck shell=bash
# What may happen to a device while connections are open: the guest pauses, the device is taken away and given back, netback
# dies, the guest is saved and restored. Connections live on where TCP's patience allows, and nothing leaks.
readonly address=10.9.0.4
bytes=$((12 * 1048576))

# ours: whether the device is of our stack, and not of the guest's kernel.
ours() {
    [[ ${default_program:?} == netstack ]]
}

# What stands in the way of a comparison: connections of before.
expect_unchanged() {
    if [[ $(held life) != "$before" ]]; then
        sleep 2
    fi
    expect "what the guest holds of Xen" "$before" "$(held life)"
    report "after $1: $before; blocks in use: $(statistic $address poolOutstandingBlocks)"
}

start_guest life 4 memory=256
answers $address
before=$(held life)
report "at first: $before; blocks in use: $(statistic $address poolOutstandingBlocks)"

step "pause and unpause"
start_stream $address $bytes
dom0 "xl pause life; sleep 4; xl unpause life"
finish_stream
expect_unchanged "a pause"

if ours; then
    step "network-detach and network-attach"
    start_stream $address $bytes
    dom0 "xl network-detach life 0"
    dom0 "gone() { ! [ -e /sys/class/net/\$(vif life) ]; }; await 60 gone; ! xenstore-exists \"\$(backend life)\""
    expect "what the guest holds of Xen without a device, fewer than" 1 "$(($(held life | cut -d' ' -f1) < ${before%% *}))"
    dom0 "xl network-attach life mac=00:16:3e:00:00:04 bridge=xenbr0 script=vif-mini"
    answers $address 120
    finish_stream
    expect_unchanged "detach and attach"

    step "the backend closes, and stays online"
    start_stream $address $bytes
    dom0 "xenstore-write \"\$(backend life)/state\" 5"
    answers $address 120
    finish_stream
    expect_unchanged "a backend that closed"
fi

step "netback is unbound from the device, and bound again"
start_stream $address $bytes
dom0 "device=vif-\$(xl domid life)-0
    echo \$device >/sys/bus/xen-backend/drivers/vif/unbind
    sleep 2
    echo \$device >/sys/bus/xen-backend/drivers/vif/bind
    export XENBUS_PATH=\"\$(backend life)\" vif=\"\$(vif life)\"
    appeared() { [ -e /sys/class/net/\$vif ]; }
    await 60 appeared && /etc/xen/scripts/vif-mini online"
answers $address 120
finish_stream
expect_unchanged "netback's end and return"

step "save and restore"
start_stream $address $bytes
dom0 "xl save life /tmp/life.save && xl restore /tmp/life.save && rm /tmp/life.save"
answers $address 120
finish_stream
expect_unchanged "save and restore"

if ours; then
    step "the program is killed, and starts again"
    in_guest life "program kill && program start"
    answers $address 120
    start_stream $address $bytes
    finish_stream
    expect_unchanged "a killed program"
fi
