# shellcheck shell=bash
# What may happen to a device while connections are open: the guest pauses, the device is taken away and given back, netback
# dies, the guest is saved and restored. Connections live on where TCP's patience allows, and nothing leaks.
readonly address=10.9.0.4 station=00:16:3e:00:00:04

# ours: whether the device is of our stack, and not of the guest's kernel.
ours() {
    [[ ${default_program:?} == netstack ]]
}

blocks() {
    statistic $address poolOutstandingBlocks
}

grants() {
    statistic $address grantsInUse
}

expect_unchanged() {
    await 30 holds_as_before
    report "after $1: $before; grants in use: $(grants), blocks: $(blocks)"
}

holds_as_before() {
    expect "what the guest holds of Xen" "$before" "$(held life)"
}

start_guest life 4 memory=256
answers $address
before=$(held life)
report "at first: $before; grants in use: $(grants), blocks: $(blocks)"

step "pause and unpause"
start_stream $address
dom0 "xl pause life; sleep 4 && xl unpause life"
finish_stream
expect_unchanged "a pause"

if ours; then
    step "network-detach and network-attach"
    start_stream $address
    dom0 "detach_vif life"
    # Those of the console and of xenstore stay.
    expect "pages mapped without a device" 2 "$(held life | cut -d' ' -f1)"
    dom0 "attach_vif life $station"
    answers $address 120
    finish_stream
    expect_unchanged "detach and attach"

    step "the backend closes, and stays online"
    start_stream $address
    dom0 "xenstore-write \"\$(backend life)/state\" 5"
    finish_stream
    expect_unchanged "a backend that closed"
fi

step "netback is unbound from the device, and bound again"
start_stream $address
dom0 "echo vif-\$(xl domid life)-0 >/sys/bus/xen-backend/drivers/vif/unbind
    sleep 2
    echo vif-\$(xl domid life)-0 >/sys/bus/xen-backend/drivers/vif/bind
    join_bridge life"
answers $address 120
finish_stream
expect_unchanged "netback's end and return"

if ours; then
    step "the program is killed, and starts again"
    in_guest life "program kill && program start"
    answers $address 120
    start_stream $address
    finish_stream
    expect_unchanged "a killed program"
fi

# Last, because of Linux: it has a BUG_ON in the end of a program that had event channels before the restore
# (drivers/xen/evtchn.c, evtchn_unbind_from_user), whatever the program does.
step "save and restore"
start_stream $address
dom0 "xl save life /tmp/life.save && xl restore /tmp/life.save && rm /tmp/life.save"
answers $address 120
finish_stream
expect_unchanged "save and restore"
