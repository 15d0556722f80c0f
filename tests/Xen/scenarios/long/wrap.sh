# shellcheck shell=bash
# 100,000 frames to the guest: its rings wrap hundreds of times, and what netback took is what the guest's stack received.
readonly address=10.9.0.6

# is_quiet: nothing passes that is not of the test; without IPv6, dom0 has nothing to say by itself.
is_quiet() {
    dom0 "traffic wrap tx packets >/tmp/taken; sleep 1; traffic wrap tx packets | diff - /tmp/taken"
}

start_guest wrap 6 arguments="--http --echo --json"
answers $address
dom0 "echo 1 >/proc/sys/net/ipv6/conf/\$(vif wrap)/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/xenbr0/disable_ipv6"

step "datagrams there and back"
dom0 "datagrams $address 7 20000 64 32"

step "pktgen into netback"
dom0 "
    vif=\$(vif wrap) station=\$(ip neigh show $address | sed 's/.*lladdr \([^ ]*\).*/\1/')
    set_to() { echo \"\$2\" >/proc/net/pktgen/\$1; }
    set_to kpktgend_0 rem_device_all
    set_to kpktgend_0 \"add_device \$vif\"
    for setting in 'count 52000' 'pkt_size 60' 'delay 40000' 'clone_skb 0' 'dst $address' 'src_min 10.9.0.1' 'src_max 10.9.0.1' \
        \"dst_mac \$station\" 'udp_dst_min 9' 'udp_dst_max 9'; do
        set_to \$vif \"\$setting\" || exit 1
    done
    start=\$(traffic wrap tx packets) rounds=0
    while [ \$((\$(traffic wrap tx packets) - start)) -lt 100000 ] && [ \$rounds -lt 10 ]; do
        set_to pgctrl start
        sleep 1
        rounds=\$((rounds + 1))
    done
    echo \"\$rounds rounds: \$((\$(traffic wrap tx packets) - start)) frames taken, \$(traffic wrap tx dropped) dropped before\"
    set_to kpktgend_0 rem_device_all"
answers $address

step "what was taken, and what was received"
await 60 is_quiet
taken=$(dom0 "traffic wrap tx packets")
in_guest wrap "program stop"
received=$(dom0 "console wrap" | grep -o '"framesReceived":[0-9]*' | tail -n 1 | cut -d: -f2)
expect "frames received by the stack" "$taken" "$received"
expect_range "frames" 120000 10000000 "$received"
report "$received frames, as many as netback took ($(dom0 "traffic wrap tx dropped") refused when the ring was full)"
