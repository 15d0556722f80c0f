# Sourced by the commands at the root: the Debian packages they need, and how the .NET SDK is to behave.

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# The SDK asks for the ICU libraries, which a fresh Debian does not have and nothing here needs.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
# Build nodes would outlive the command that started them.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

complain() {
    echo "${0##*/}: $*" >&2
}

# property NAME: a property of Directory.Build.props.
property() {
    sed -n "s|.*<$1>\(.*\)</$1>.*|\1|p" "$root/Directory.Build.props"
}

require_dotnet() {
    if ! command -v dotnet >/dev/null; then
        complain "the .NET SDK is missing: install the one that global.json names and put dotnet on the PATH"
        exit 3
    fi
}

# run_quietly LOG COMMAND...: shows what the command wrote only where it failed.
run_quietly() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")" && : >"$log" || return 1
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        return 1
    fi
}

# missing_packages THING=PACKAGE...: the packages whose program, or file where THING is a path, is not there.
missing_packages() {
    local pair thing
    for pair in "$@"; do
        thing=${pair%%=*}
        if [[ $thing == /* ]]; then
            [[ -e $thing ]] || echo "${pair#*=}"
        else
            command -v "$thing" >/dev/null || echo "${pair#*=}"
        fi
    done | sort -u
}

# install_missing THING=PACKAGE...: installs what is missing where this user may. Returns 1 where something stays missing.
install_missing() {
    local missing
    missing=$(missing_packages "$@" | tr '\n' ' ')
    if [[ -z $missing ]]; then
        return 0
    fi

    if ! command -v apt-get >/dev/null; then
        complain "missing, and this is no Debian: install what Debian calls $missing"
        return 1
    fi

    if [[ $(id -u) != 0 ]]; then
        complain "missing packages; type: sudo apt-get install --no-install-recommends $missing"
        return 1
    fi

    # shellcheck disable=SC2086
    run_quietly "$root/artifacts/log/apt.log" install_as_root $missing
}

# In a subshell, whose end puts things back, however it comes. No service may start: our peers run in namespaces only.
install_as_root() (
    policy=/usr/sbin/policy-rc.d
    kept=$(mktemp -d)
    put_back() {
        rm -f "$policy"
        if [[ -e $kept/policy ]]; then
            mv "$kept/policy" "$policy"
        fi
        rm -rf "$kept"
    }
    trap put_back EXIT
    trap 'exit 130' INT TERM
    if [[ -e $policy ]]; then
        cp -p "$policy" "$kept/policy"
    fi
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"

    export DEBIAN_FRONTEND=noninteractive
    # Every step says itself that it failed: bash does not stop at errors in what is called as a condition.
    apt-get update -q || true
    apt-get install -y -q --no-install-recommends "$@" || exit 1
    if [[ " $* " == *" nginx-light "* && -d /run/systemd/system ]]; then
        # Nor at the next start of the machine.
        systemctl disable nginx
    fi
)
