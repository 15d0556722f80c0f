# shellcheck shell=bash
# A device that comes and goes, and netback's module with it, many times over: what the guest holds, and has free, stays the same.
readonly address=10.9.0.7 station=00:16:3e:00:00:07 times=20

free_memory() {
    in_guest again "sed -n 's/MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo"
}

start_guest again 7 memory=256
answers $address
dom0 "stream $address 7 4000000 | tail -n 1"
before=$(held again)
memory_before=$(free_memory)
grants_before=$(statistic $address grantsInUse)

step "detached and attached $times times, with traffic"
for ((i = 1; i <= times; i++)); do
    start_stream $address
    dom0 "detach_vif again && attach_vif again $station"
    answers $address 120
    finish_stream
done

step "netback's module is taken out and put in"
start_stream $address
dom0 "rmmod xen-netback && sleep 2 && insmod /modules/xen-netback.ko max_queues=4 && join_bridge again"
answers $address 120
finish_stream

expect "what the guest holds of Xen" "$before" "$(held again)"
expect "grants in use" "$grants_before" "$(statistic $address grantsInUse)"
memory_after=$(free_memory)
report "free memory before and after: $memory_before and $memory_after kB; grants in use: $grants_before"
# A page lost each time round would not show in so many kilobytes; a pool, or the pages of a ring's buffers, would.
expect_range "free memory lost, in kB above ten thousand less" 0 20000 $((memory_before - memory_after + 10000))
