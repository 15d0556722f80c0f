# shellcheck shell=bash
# Each feature on and off, as xenstore has it, as netback then sets up its interface, and as frames show. One guest; its program
# starts anew for each row.
readonly address=10.9.0.5 megabyte=1048576
# The variable of the command that takes the words of what is off.
readonly features_off=NETSTACK__XENOFF
dom0_limit=1514

# restart WORDS... [-- ARGUMENT...]: the program again, without the features that the words name.
restart() {
    local words='' count
    while (($# > 0)) && [[ $1 != -- ]]; do words+=${words:+,}$1; shift; done
    (($# > 0)) || set -- --
    shift
    step "without ${words:-nothing}${*:+, with $*}"
    count=$(dom0 "ready_lines features")
    in_guest features "program stop; program start ${words:+$features_off=$words} -- --http --echo --discard --chargen $*"
    dom0 "await_ready features $((count + 1)) 120"
    answers $address 60
}

# node NAME: what the front end wrote; nothing where it did not.
node() {
    dom0 "xenstore-read \"\$(frontend features)/$1\" 2>/dev/null || true"
}

# switch NAME: on or off, as netback set it up.
switch() {
    dom0 "ethtool -k \$(vif features)" | sed -n "s/^\t*$1: \([a-z]*\).*/\1/p"
}

# is_on WHAT NAME: a node that says 1, or 0 or nothing.
expect_node() {
    local value
    value=$(node "$1")
    expect "$1" "$2" "${value:-0}"
}

# expect_switches WORD...: of scatter-gather, gso over IPv4 and IPv6, checksums of both.
expect_switches() {
    local name
    for name in tx-scatter-gather tx-tcp-segmentation tx-tcp6-segmentation tx-checksum-ipv4 tx-checksum-ipv6; do
        expect "netback: $name" "$1" "$(switch "$name")"
        shift
    done
}

# exchange: 4 MB both ways, all datagrams right, and how many frames were longer than the wire's, from the guest and to it.
exchange() {
    dom0 "rm -f /tmp/long /tmp/tcpdump.log
        tcpdump -Z root -lpnei \$(vif features) 'greater $((dom0_limit + 1))' >/tmp/long 2>/tmp/tcpdump.log &
        listening() { grep -qs listening /tmp/tcpdump.log; }
        await 60 listening
        datagrams $address 7 100 1472 && stream $address 7 $((4 * megabyte)) | tail -n 1
        status=\$?
        sleep 1
        kill %1
        exit \$status"
    from_guest=$(dom0 "grep -c '^[^ ]* 00:16:3e:00:00:05 >' /tmp/long || true")
    to_guest=$(dom0 "grep -c '> 00:16:3e:00:00:05' /tmp/long || true")
    report "without ${1:-nothing}: super-frames from the guest $from_guest, to it $to_guest"
}

# count_multicast: of 20 frames to a group that nobody joined, how many netback kept back and how many it passed to the guest. They
# come from outside: netback does not look at what dom0 sends by itself.
count_multicast() {
    local dropped passed
    dropped=$(dom0 "traffic features tx dropped")
    passed=$(dom0 "traffic features tx packets")
    "${xen:?}/programs/frames" "${run:?}/host.sock" "$run/qemu.sock" 239.1.2.3 20
    sleep 1
    kept_back=$(($(dom0 "traffic features tx dropped") - dropped))
    passed=$(($(dom0 "traffic features tx packets") - passed))
    report "of 20 frames to a group: $kept_back kept back, $passed to the guest"
}

start_guest features 5 vcpus=2
answers $address
step "everything"
expect_node feature-sg 1
expect_node feature-gso-tcpv4 1
expect_node feature-gso-tcpv6 1
expect_node feature-no-csum-offload 0
expect_node feature-ipv6-csum-offload 1
expect_node request-rx-copy 1
expect_node request-multicast-control 1
expect_range "event-channel-tx" 1 4095 "$(node event-channel-tx)"
expect_range "event-channel-rx" 1 4095 "$(node event-channel-rx)"
expect_switches on on on on on
exchange
expect_range "super-frames from the guest" 10 1000000 "$from_guest"
expect_range "super-frames to the guest" 10 1000000 "$to_guest"
count_multicast
expect_range "frames to groups that netback kept back" 20 1000 "$kept_back"

restart sg
expect_node feature-sg 0
expect_switches off off off on on
exchange sg
expect "super-frames without scatter-gather" "0 0" "$from_guest $to_guest"

restart gso4
expect_node feature-gso-tcpv4 0
expect_switches on off on on on
exchange gso4
expect "super-frames without gso-tcpv4" "0 0" "$from_guest $to_guest"

restart gso6 csum6
expect_node feature-gso-tcpv6 0
expect_node feature-ipv6-csum-offload 0
expect_switches on on off on off
exchange "gso6, csum6"
expect_range "super-frames from the guest" 5 1000000 "$from_guest"
expect_range "super-frames to the guest" 5 1000000 "$to_guest"

restart csum4
expect_node feature-no-csum-offload 1
expect "netback: tx-checksum-ipv4" off "$(switch tx-checksum-ipv4)"
exchange csum4

restart split multicast
expect_range "event-channel" 1 4095 "$(node event-channel)"
expect "event-channel-tx" "" "$(node event-channel-tx)"
expect_node request-multicast-control 0
exchange "split, multicast"
count_multicast
expect_range "frames to groups that netback kept back" 0 5 "$kept_back"

for queues in 2 4; do
    restart -- --queues $queues
    expect_node multi-queue-num-queues $queues
    expect "netback's queues" $queues "$(dom0 "rings features | grep -c ^Queue")"
    # As the front end asked for over the control ring.
    hash=$(dom0 "cat /sys/kernel/debug/xen-netback/\$(vif features)/ctrl")
    expect "netback's hash" TOEPLITZ "$(sed -n 's/^Hash Algorithm: //p' <<<"$hash")"
    expect "kinds of packets it is taken of" 4 "$(grep -cE '^- IPv[46]( \+ TCP)?$' <<<"$hash")"
    dom0 "for i in 1 2 3 4 5 6 7 8; do stream $address 7 $megabyte >/tmp/stream.\$i & done; wait
        cat /tmp/stream.? | grep -c 'there and' | grep 8"
    dom0 "datagrams $address 7 100 1472"
    report "$queues queues: $(dom0 "rings features | sed -n '/^TX/,/^RX/s/^rsp prod \([0-9]*\).*/from the guest \1/p; /^RX/,/^NAPI/s/^rsp prod \([0-9]*\).*/to it \1/p'" | tr '\n' ' ')"
    expect_range "queues that netback has used towards the guest" 2 $queues \
        "$(dom0 "rings features | sed -n '/^RX/,/^NAPI/s/^rsp prod \([0-9]*\).*/\1/p'" | grep -vc '^0$')"
done
