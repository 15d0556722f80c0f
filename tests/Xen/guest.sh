# shellcheck shell=bash
# Sourced by run: guests of the kind (pv or pvh) that is being tested, and what they say.

# start_guest NAME NUMBER [SETTING...]: creates a guest with the address 10.9.0.NUMBER and waits for its program to be ready. Settings:
# program=netstack|kernel|none, vcpus=N, memory=MB, arguments='...' of serve beside the address, environment='NAME=VALUE...'.
start_guest() {
    local name=$1 number=$2 program=$default_program vcpus=1 memory=512 arguments='--http --echo --discard --chargen' environment='' setting
    shift 2
    for setting in "$@"; do
        local "${setting?}"
    done
    put - "/guest/$name.options" <<OPTIONS
program='$program' address='10.9.0.$number/24' environment='$environment' arguments='$arguments'
OPTIONS
    dom0 "create_guest $name $kind $number $vcpus $memory"
    guests+=("$name")
    if [[ $program == none ]]; then
        console_shows "$name" "guest is up" 90
    else
        dom0 "await_ready '$name' 1 120"
    fi
}

# console_shows NAME PATTERN [SECONDS]: waits for a line on a guest's console.
console_shows() {
    dom0 "await ${3:-30} console_says '$1' '$2'"
}

destroy_guest() {
    dom0 "xl destroy '$1'; rm -rf /guest/$1.*"
}

# in_guest NAME COMMAND: runs it in the guest and prints what it printed (1500 bytes of it), with its status.
in_guest() {
    request=$((${request:-0} + 1))
    dom0 "
        data=/local/domain/\$(xl domid '$1')/data
        xenstore-write \"\$data/run\" \"\$(cat <<'COMMAND'
$BASHPID.$request $2
COMMAND
)\"
        ended() { [ \"\$(xenstore-read \"\$data/ran\" 2>/dev/null | cut -d' ' -f1)\" = $BASHPID.$request ]; }
        await 60 ended || exit 124
        printf '%b\n' \"\$(xenstore-read \"\$data/output\")\"
        exit \"\$(xenstore-read \"\$data/ran\" | cut -d' ' -f2)\""
}

# explain NAME...: what is known of guests after a failure.
explain() {
    local name
    for name in "$@"; do
        echo "--- console of $name"
        dom0 "console '$name' | tail -n 60" || true
        echo "--- netback's rings of $name"
        dom0 "rings '$name'" || true
        echo "--- counters of netback's interface, and of dom0's UDP"
        dom0 "cd /sys/class/net/\$(vif '$name')/statistics && grep . * | grep -v ':0$'; ethtool -S \$(vif '$name'); grep Udp: /proc/net/snmp" || true
        echo "--- xenstore-ls of $name and of its backend"
        dom0 "xenstore-ls -f \"\$(frontend '$name')\"; xenstore-ls -f \"\$(backend '$name')\"" || true
    done
    echo "--- xl list, xl dmesg, dmesg of dom0"
    dom0 "xl list; xl dmesg | sed '1,/Freed .*init memory/d' | tail -n 60; dmesg | tail -n 30" || true
}
