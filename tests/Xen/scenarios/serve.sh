# shellcheck shell=bash
# The servers of the command, as dom0 sees them over the bridge: pages, echo, ping, 100 MB each way (20 where all scenarios are not
# asked for); and frames of the host's.
readonly megabyte=1048576
megabytes=$((${thorough:?} == 1 ? 100 : 20))
amount=$((megabytes * megabyte))

start_guest serve 2

step "a page"
dom0 "curl -sSf --max-time 60 http://10.9.0.2/ | grep 'It works'"
expect "the hash of /bytes/1000001" "$("${xen:?}/programs/bytes" 1000001 | sha256sum)" \
    "$(dom0 "curl -sSf --max-time 60 http://10.9.0.2/bytes/1000001 | sha256sum")"

step "ping"
dom0 "ping -c 20 -i 0.1 -s 1400 10.9.0.2 | tail -n 2; ping -c 20 -A -q 10.9.0.2 | grep ' 0% packet loss'"

step "echo over UDP: one piece, a full frame, and fragments"
dom0 "datagrams 10.9.0.2 7 500 18 && datagrams 10.9.0.2 7 500 1472 && datagrams 10.9.0.2 7 100 8000 4"

step "echo over TCP"
dom0 "stream 10.9.0.2 7 $((10 * megabyte))"

step "$megabytes MB from the guest, and $megabytes MB there and back"
hash=$("${xen:?}/programs/bytes" "$amount" | sha256sum)
start=$SECONDS
expect "the hash of what came" "$hash" "$(dom0 "curl -sSf http://10.9.0.2/bytes/$amount | sha256sum")"
middle=$SECONDS
expect "the hash of what came back" "$hash" \
    "$(dom0 "bytes $amount | curl -sSf -X POST -H 'Expect:' -T - http://10.9.0.2/echo | sha256sum")"
report "$megabytes MB from the guest in $((middle - start)) s, to the guest and back in $((SECONDS - middle)) s, hashes right"

step "frames that the host injects"
"${xen:?}/programs/frames" "${run:?}/host.sock" "$run/qemu.sock" 10.9.0.2 100
report "$(dom0 "echo \"netback: \$(traffic serve rx packets) frames from the guest, \$(traffic serve tx packets) to it\"")"
