# shellcheck shell=bash
# The harness without our stack: the guest kernel's own netfront and servers. Where this fails, nothing else can pass.
start_guest kernel 3 program=kernel

step "ping, a page and echo"
dom0 "ping -c 5 10.9.0.3 | tail -n 2; curl -sSf --max-time 60 http://10.9.0.3/ | grep kernel; stream 10.9.0.3 7 5000000"

step "a command in the guest"
expect "the number of processors" 1 "$(in_guest kernel nproc)"
report "netback: $(dom0 "traffic kernel rx packets") frames from the guest"
