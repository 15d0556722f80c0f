# shellcheck shell=bash
# Sourced by run: what scenarios are written with, beside the commands of guest.sh and machine.sh.

# step WHAT: says what comes.
step() {
    echo "-- $*"
}

# report WORDS...: a result that is shown where the scenario passes, too.
report() {
    echo "    $*"
}

# fail WORDS...: the end of a scenario. With the place, as the words alone may come from a loop.
fail() {
    echo "FAILED: $*" >&2
    return 1
}

# expect WHAT EXPECTED ACTUAL
expect() {
    if [[ $2 != "$3" ]]; then
        fail "$1: expected '$2', and it is '$3'"
    fi
    echo "$1: $3"
}

# expect_range WHAT LOW HIGH ACTUAL
expect_range() {
    if [[ ! $4 =~ ^[0-9]+$ ]] || (($4 < $2 || $4 > $3)); then
        fail "$1: expected $2 to $3, and it is '$4'"
    fi
    echo "$1: $4"
}

# await SECONDS COMMAND...: until it succeeds, and shows what it last printed where it does not.
await() {
    local deadline=$((SECONDS + $1)) output
    shift
    until output=$("$@" 2>&1); do
        if ((SECONDS >= deadline)); then
            printf '%s\n' "$output"
            fail "waited in vain for: $*"
            return 1
        fi
        sleep 0.2
    done
}

# statistic ADDRESS NAME: a number of the command's /stats; names of two words in kebab case are drops.
statistic() {
    local json
    json=$(dom0 "curl -sf --max-time 60 http://$1/stats")
    grep -o "\"$2\":[0-9]*" <<<"$json" | head -n 1 | cut -d: -f2
}

# The end of a scenario's shell: explains where it did not succeed, and leaves no guest behind.
finish_scenario() {
    local name
    trap - EXIT
    if [[ -z ${succeeded:-} ]]; then
        explain "${guests[@]}" || true
    fi
    for name in "${guests[@]}"; do
        destroy_guest "$name" || true
    done
    [[ -n ${succeeded:-} ]]
}

# start_stream ADDRESS: a connection of dom0's to the guest's echo server, which goes on while the scenario does.
start_stream() {
    dom0 "rm -f /tmp/stream.*
        { stream $1 7 1000000000000 300 & echo \$! >/tmp/stream.pid; wait \$!; echo \$? >/tmp/stream.status; } >/tmp/stream.log 2>&1 &
        stream_has_begun() { [ -s /tmp/stream.log ]; }
        await 60 stream_has_begun && stream_runs"
}

# finish_stream: the connection lived through all of it and carries two megabytes more; every byte came back.
finish_stream() {
    dom0 "stream_is_over() { [ -e /tmp/stream.status ]; }
        stream_runs && kill \$(cat /tmp/stream.pid) && await 400 stream_is_over
        tail -n 2 /tmp/stream.log
        exit \$(cat /tmp/stream.status)"
}

# answers ADDRESS [SECONDS]: waits for an answer to ping.
answers() {
    dom0 "await ${2:-60} ping -q -c 1 -W 1 $1 >/dev/null" || fail "$1 does not answer"
}

# held NAME: what a guest holds of Xen, by the hypervisor's own tables: pages that the other side has mapped, and ports of event
# channels. Pages that are only granted do not show there.
held() {
    dom0 "xl dmesg -c >/dev/null
        id=\$(xl domid $1)
        xl debug-keys g; xl debug-keys e
        sleep 0.5
        xl dmesg >/tmp/tables
        echo \"\$(sed -n \"/grant-table for remote d\$id /,/grant-table for\|usage_print_all \]/p\" /tmp/tables | grep -c '0x.* 0x.* 0x') mapped\" \
            \"\$(sed -n \"/information for domain \$id:/,/information for domain\|Event channel keys/p\" /tmp/tables | grep -c 's=[1-6]') ports\""
}
