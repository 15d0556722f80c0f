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
